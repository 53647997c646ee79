/**
 * The guardian's program, for any POSIX sh. $1: tenths of a second between SIGTERM and SIGKILL; $2: its own cgroup, or `-`.
 * It reads lines from the supervisor:
 *
 *   know COOKIE PID START CGROUP   a tree, its leader (0: none) and that one's start time; CGROUP is `-` where there is none;
 *                                  answered with `known COOKIE`
 *   forget COOKIE                  the tree is empty
 *   disarm                         a clean end: leave without touching anything
 *
 * End of file without `disarm` means that the supervisor died: every member of every known tree, found by its cgroup, by the
 * cookie in its environment and by the leader's session, gets SIGTERM, and what is left after the grace gets SIGKILL, again
 * until several looks find nothing. A session is the leader's as long as its number is not another process's by now.
 * The start time is read again right before each kill, so that a pid that was reused between the search and the kill is left alone.
 */
export const GUARDIAN_SCRIPT = `
trap '' TERM INT HUP QUIT USR1 USR2 PIPE TSTP TTIN TTOU
grace=$1
own=$2
trees=''
newline='
'
if [ "$own" != - ]; then (echo $$ 2>/dev/null >"$own/cgroup.procs") & fi
while read -r word cookie pid start cgroup; do
  case $word in
    know) trees="$trees$cookie $pid $start $cgroup$newline"; echo "known $cookie" ;;
    forget)
      rest=''
      while read -r c p t g; do
        if [ -n "$c" ] && [ "$c" != "$cookie" ]; then rest="$rest$c $p $t $g$newline"; fi
      done <<END
$trees
END
      trees=$rest ;;
    disarm) exit 0 ;;
  esac
done

started() {
  stat=''
  while IFS= read -r line; do stat=$stat$line; done 2>/dev/null <"/proc/$1/stat"
  set -- \${stat##*) }
  case $1 in ''|Z|X) start=''; return 1 ;; esac
  start=\${20}
}

patterns() {
  cookies=''
  sessions=''
  while read -r c p t g; do
    if [ -z "$c" ]; then continue; fi
    cookies="$cookies|$c"
    if [ "$p" = 0 ]; then continue; fi
    if started "$p" && [ "$start" != "$t" ]; then continue; fi
    sessions="$sessions|$p"
  done <<END
$trees
END
}

members() {
  while read -r c p t g; do
    if [ -n "$c" ] && [ "$g" != - ]; then find "$g" -name cgroup.procs -exec cat {} + 2>/dev/null; fi
  done <<END
$trees
END
  patterns
  {
    if [ -n "$sessions" ]; then grep -lsE "\\) [A-Za-z] [0-9]+ [0-9]+ (\${sessions#|}) " /proc/[0-9]*/stat; fi
    if [ -n "$cookies" ]; then grep -lszE "^TSUPERVISE_TREE=(\${cookies#|})\\$" /proc/[0-9]*/environ; fi
  } 2>/dev/null | while IFS=/ read -r _ _ pid _; do echo "$pid"; done
}

signal_all() {
  found=''
  for pid in $(members | sort -u); do
    if [ "$pid" != $$ ] && started "$pid"; then found="$found $pid:$start"; fi
  done
  for entry in $found; do
    pid=\${entry%%:*}
    started "$pid"
    if [ "$start" = "\${entry#*:}" ]; then
      kill -s "$1" "$pid" 2>/dev/null
      if [ "$1" = TERM ]; then kill -s CONT "$pid" 2>/dev/null; fi
    fi
  done
  [ -n "$found" ]
}

each_cgroup() {
  while read -r c p t g; do
    if [ -n "$c" ] && [ "$g" != - ]; then "$1" "$g"; fi
  done <<END
$trees
END
}
kill_cgroup() { echo 1 2>/dev/null >"$1/cgroup.kill"; }
remove_cgroup() { find "$1" -depth -type d -exec rmdir {} + 2>/dev/null; }

if signal_all TERM; then
  waited=0
  while [ "$waited" -lt "$grace" ]; do
    sleep 0.1
    waited=$((waited + 1))
    alive=''
    for entry in $found; do
      started "\${entry%%:*}"
      if [ "$start" = "\${entry#*:}" ]; then alive=1; break; fi
    done
    if [ -z "$alive" ]; then break; fi
  done
fi
rounds=0
empty=0
while [ "$rounds" -lt 200 ] && [ "$empty" -lt 3 ]; do
  each_cgroup kill_cgroup
  if signal_all KILL; then empty=0; else empty=$((empty + 1)); fi
  rounds=$((rounds + 1))
  if [ "$empty" = 0 ]; then sleep 0.05; fi
done
each_cgroup remove_cgroup
if [ "$own" != - ]; then
  base=\${own%/*}
  echo $$ 2>/dev/null >"\${base%/*}/cgroup.procs"
  rmdir "$own" "$base" 2>/dev/null
fi
`
