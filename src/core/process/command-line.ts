const LONGEST_COMMAND = 4096

/** NUL-separated arguments of /proc/PID/cmdline as one line, joined with blanks, cut; `[comm]` where there is none. */
export function commandOf(cmdline: Buffer, comm: string): string {
  let end = cmdline.length
  while (end > 0 && cmdline[end - 1] === 0) end--
  if (end === 0) return `[${comm}]`
  const text = cmdline.toString('utf8', 0, Math.min(end, LONGEST_COMMAND)).replaceAll('\0', ' ')
  return text.slice(0, LONGEST_COMMAND)
}

/** Whether NAME=VALUE stands in the NUL-separated environment of /proc/PID/environ, as a whole entry. */
export function hasEntry(environ: Buffer, entry: string): boolean {
  const wanted = Buffer.from(entry, 'utf8')
  for (let at = environ.indexOf(wanted); at !== -1; at = environ.indexOf(wanted, at + 1)) {
    const end = at + wanted.length
    if ((at === 0 || environ[at - 1] === 0) && (end === environ.length || environ[end] === 0)) return true
  }
  return false
}

/** The value of one variable in the NUL-separated environment of /proc/PID/environ; the first one counts, as for getenv(3). */
export function environmentValue(environ: Buffer, name: string): string | undefined {
  const prefix = Buffer.from(`${name}=`, 'utf8')
  for (let at = environ.indexOf(prefix); at !== -1; at = environ.indexOf(prefix, at + 1)) {
    if (at !== 0 && environ[at - 1] !== 0) continue
    const end = environ.indexOf(0, at)
    return environ.toString('utf8', at + prefix.length, end === -1 ? environ.length : end)
  }
  return undefined
}
