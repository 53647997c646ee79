/** What ps(1) is asked for where there is no /proc; the command comes last because it holds blanks. */
export const PS_FIELDS = 'pid=,ppid=,pgid=,stat=,lstart=,command='

export interface PsLine {
  readonly pid: number
  readonly ppid: number
  readonly pgid: number
  readonly state: string
  /** Hundredths of a second since the epoch, in place of ticks since boot: a second is all that ps tells. */
  readonly startTime: number
  readonly command: string
}

const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S{3}\s+\S{3}\s+\d{1,2}\s+\d{2}:\d{2}:\d{2}\s+\d{4})(?:\s(.*))?$/

/** One line of `ps -o pid=,ppid=,pgid=,stat=,lstart=,command=` in the C locale and UTC; undefined when it is none. */
export function parsePsLine(line: string): PsLine | undefined {
  const match = LINE.exec(line)
  if (match === null) return undefined
  const started = Date.parse(`${match[5] ?? ''} UTC`)
  if (Number.isNaN(started)) return undefined
  return {
    pid: Number(match[1]),
    ppid: Number(match[2]),
    pgid: Number(match[3]),
    state: (match[4] ?? '?').charAt(0),
    startTime: started / 10,
    command: (match[6] ?? '').trim().slice(0, 4096)
  }
}

/** A process in the list of all. */
export interface ListedProcess {
  readonly pid: number
  readonly ppid: number
  readonly state: string
  readonly comm: string
}

const LISTED = /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s*(.*)$/

/** The whole output of `ps -A -o ppid,pid,stat,comm`; lines of another form, such as the heading, are left out. */
export function parsePsList(output: string): readonly ListedProcess[] {
  return output.split('\n').flatMap((line) => {
    const match = LISTED.exec(line)
    if (match === null) return []
    return [{ ppid: Number(match[1]), pid: Number(match[2]), state: match[3] ?? '?', comm: (match[4] ?? '').trim() }]
  })
}
