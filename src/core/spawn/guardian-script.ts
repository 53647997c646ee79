/**
 * The guardian's program, for any POSIX sh. It reads lines from the supervisor:
 *
 *   know COOKIE SESSION CGROUP   a tree to remember; CGROUP is `-` where there is none; answered with `known COOKIE`
 *   forget COOKIE                the tree is empty
 *   disarm                       a clean end: leave without touching anything
 *
 * End of file without `disarm` means that the supervisor died: every member of every known tree, found by cgroup,
 * by its session and by the cookie in its environment, gets SIGTERM, and what is left after $1 tenths of a second gets SIGKILL,
 * again until nothing is left. The start time is read again right before each kill, so that a pid that was
 * reused between the search and the kill is left alone.
 */
export const GUARDIAN_SCRIPT = `
trap '' TERM INT HUP QUIT USR1 USR2 PIPE TSTP
grace=$1
trees=''
newline='
'
while read -r word cookie session cgroup; do
  case $word in
    know) trees="$trees$cookie $session $cgroup$newline"; echo "known $cookie" ;;
    forget)
      rest=''
      while read -r c s g; do
        if [ -n "$c" ] && [ "$c" != "$cookie" ]; then rest="$rest$c $s $g$newline"; fi
      done <<END
$trees
END
      trees=$rest ;;
    disarm) exit 0 ;;
  esac
done

started() {
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  set -- \${stat##*) }
  case $1 in Z|X) return 1 ;; esac
  echo "\${20}"
}

members() {
  while read -r c s g; do
    if [ -z "$c" ]; then continue; fi
    if [ "$g" != - ]; then find "$g" -name cgroup.procs -exec cat {} + 2>/dev/null; fi
    grep -lsE "\\) [A-Za-z] [0-9]+ [0-9]+ $s " /proc/[0-9]*/stat 2>/dev/null | while IFS=/ read -r _ _ pid _; do echo "$pid"; done
    grep -lsz "^TSUPERVISE_TREE=$c\\$" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ pid _; do echo "$pid"; done
  done <<END
$trees
END
}

signal_all() {
  found=''
  for pid in $(members | sort -u); do
    if [ "$pid" = $$ ]; then continue; fi
    first=$(started "$pid") || continue
    found="$found $pid:$first"
  done
  for entry in $found; do
    pid=\${entry%%:*}
    if [ "$(started "$pid")" = "\${entry#*:}" ]; then kill -s "$1" "$pid" 2>/dev/null; fi
    if [ "$1" = TERM ]; then kill -s CONT "$pid" 2>/dev/null; fi
  done
  [ -n "$found" ]
}

signal_all TERM || exit 0
waited=0
while [ "$waited" -lt "$grace" ]; do
  sleep 0.1
  waited=$((waited + 1))
  alive=''
  for entry in $found; do
    if [ "$(started "\${entry%%:*}")" = "\${entry#*:}" ]; then alive=1; break; fi
  done
  if [ -z "$alive" ]; then break; fi
done
rounds=0
while [ "$rounds" -lt 100 ]; do
  while read -r c s g; do
    if [ -n "$c" ] && [ "$g" != - ]; then echo 1 2>/dev/null >"$g/cgroup.kill"; fi
  done <<END
$trees
END
  signal_all KILL || break
  rounds=$((rounds + 1))
  sleep 0.05
done
while read -r c s g; do
  if [ -n "$c" ] && [ "$g" != - ]; then rmdir "$g" 2>/dev/null; fi
done <<END
$trees
END
`
