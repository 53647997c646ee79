import type { EventType, SupervisorEvent } from '../core/events.ts'
import { type Redact, redactArguments } from '../core/output/redact.ts'

/** A child's own words; and what comes by the thousand, whose command lines are redacted where they are read. */
const AS_THEY_ARE: ReadonlySet<EventType> = new Set<EventType>(['output', 'orphan-registered', 'orphan-released'])

/** Command lines come again and again; patterns are slow. */
const REMEMBERED = 2000

/**
 * Takes what the patterns match out of every command line and argument list of an event, wherever it stands in it;
 * the rest of the event keeps its identity. Lines of output are the child's own and stay.
 */
export function createEventRedactor(redact: Redact): (event: SupervisorEvent) => SupervisorEvent {
  const known = new Map<string, string>()
  let { generation } = redact
  const remembered = (text: string): string => {
    if (redact.generation !== generation) known.clear()
    generation = redact.generation
    const before = known.get(text)
    if (before !== undefined) return before
    if (known.size >= REMEMBERED) known.clear()
    const shown = redact(text)
    known.set(text, shown)
    return shown
  }
  return (event) => (AS_THEY_ARE.has(event.type) ? event : (clean(event, remembered) as SupervisorEvent))
}

function clean(value: unknown, redact: Redact): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => clean(item, redact))
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cleanMember(name, inner, redact)]))
}

function cleanMember(name: string, value: unknown, redact: Redact): unknown {
  if (name === 'command' && typeof value === 'string') return redact(value)
  if (name === 'argv' && isTexts(value)) return redactArguments(value, redact)
  return clean(value, redact)
}

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string')
