import { escapeControls } from '../../output/escape.ts'

/** One value of the performance data of the Nagios plugins. Ranges as they are written; empty: none. */
export interface PerfValue {
  readonly label: string
  readonly value: number
  readonly warning: string
  readonly critical: string
}

/**
 * `'label'=value;warn;crit;min;`, blank-separated: labels without `=` and `'`, in quotes where they hold more than letters and
 * the like, each of them once. Monitoring Plugins Development Guidelines, "Performance data".
 */
export function perfdata(values: readonly PerfValue[]): string {
  const taken = new Set<string>()
  return values
    .map(({ label, value, warning, critical }) => `${quoted(unique(cleanLabel(label), taken))}=${value};${warning};${critical};0;`)
    .join(' ')
}

const LONGEST = 200

/** `|` would begin the performance data anew; Nagios knows no escape in labels. */
const cleanLabel = (label: string): string =>
  escapeControls(label).replaceAll('=', ':').replaceAll("'", '_').replaceAll('|', '_').slice(0, LONGEST) || '_'

function unique(label: string, taken: Set<string>): string {
  let candidate = label
  for (let number = 2; taken.has(candidate); number++) candidate = `${label}#${number}`
  taken.add(candidate)
  return candidate
}

const quoted = (label: string): string => (/^[A-Za-z0-9_./:@+#-]+$/.test(label) ? label : `'${label}'`)

/** Text in front of or below the performance data: one line, without what begins the performance data. */
export const plainText = (text: string): string => escapeControls(text).replaceAll('|', '/')
