import type { ProcessDetails } from '../../core/queries.ts'

const UNKNOWN = 'unknown'
/** Of an ancestor; whoever wants more asks for that process. */
const LONGEST_COMMAND = 60

/** What is known of an execution, as labels and values; what could not be read says so. */
export function executionFields(details: ProcessDetails): readonly (readonly [label: string, value: string])[] {
  return [
    ['binary', [details.binary ?? UNKNOWN, ...(details.properties ?? [])].join(', ')],
    ['arguments', details.arguments ?? UNKNOWN],
    ['folder', details.cwd ?? UNKNOWN],
    ...details.ancestors.map(({ pid, command }, index): [string, string] => [
      index === 0 ? 'came from' : '',
      `${pid} ${command.slice(0, LONGEST_COMMAND)}`
    ]),
    ['credentials', credentialsText(details.credentials)],
    ['capabilities', capabilitiesText(details.credentials)],
    ['namespaces', namespacesText(details.namespaces)],
    ['container', details.container ?? 'none'],
    ['cgroup', details.cgroup ?? UNKNOWN],
    ['seen by', details.source]
  ]
}

function credentialsText(credentials: ProcessDetails['credentials']): string {
  if (credentials === undefined) return UNKNOWN
  const { uid, gid, euid, egid, suid, sgid, groups, auid } = credentials
  const login = auid === undefined ? '' : `, logged in as ${auid}`
  const more = groups.length === 0 ? '' : `, groups ${groups.join(' ')}`
  return `uid ${uid}, gid ${gid}; effective ${euid}, ${egid}; saved ${suid}, ${sgid}${more}${login}`
}

const capabilitiesText = (credentials: ProcessDetails['credentials']): string =>
  credentials === undefined
    ? UNKNOWN
    : `permitted ${shortened(credentials.capPermitted)}; effective ${shortened(credentials.capEffective)}; inheritable ${shortened(credentials.capInheritable)}`

/** Root has some forty; more than these are counted. */
const MOST_CAPABILITIES = 6

function shortened(capabilities: string): string {
  if (capabilities === '') return 'none'
  const names = capabilities.split(' ')
  if (names.length <= MOST_CAPABILITIES) return capabilities
  return `${names.slice(0, MOST_CAPABILITIES).join(' ')} and ${names.length - MOST_CAPABILITIES} more`
}

/** Only what differs from the host is worth a line. */
function namespacesText(namespaces: ProcessDetails['namespaces']): string {
  if (namespaces === undefined) return UNKNOWN
  const own = Object.entries(namespaces).filter(([, { isHost }]) => isHost !== true)
  if (own.length === 0) return 'those of the host'
  return own.map(([name, { inode, isHost }]) => `${name} ${inode}${isHost === undefined ? ' (host unknown)' : ''}`).join(', ')
}
