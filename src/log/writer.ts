import { isTransient, type SupervisorEvent } from '../core/events.ts'
import { cutBytes } from '../core/output/cut.ts'
import { escapeControls, safeJson } from '../core/output/escape.ts'
import type { Redact } from '../core/output/redact.ts'
import type { LogFormat } from '../core/settings.ts'
import { flatFields } from './fields.ts'
import { type LogLevel, levelOf } from './level.ts'
import { describeEvent } from './message.ts'
import { createEventRedactor } from './redact-event.ts'

/** Longer messages are cut. */
const MAX_MESSAGE_BYTES = 16 * 1024

export interface LogWriterOptions {
  readonly format: LogFormat
  /** Takes one line without its newline; must not throw for what its file or pipe does. */
  readonly write: (line: string) => void
  readonly redact: Redact
  /** Also what only refreshes a screen: samples, checks. */
  readonly debug: boolean
  /** Colours of the text format: never without a terminal. */
  readonly color?: boolean
}

/**
 * One line an event. `json`: one flat object with stable names; `text`: `12:04:31.120 WARN  indexer 4290 stopped: ...`, local time.
 * Nothing that a terminal would act on comes through, in either format.
 */
export function createLogWriter({ format, write, redact, debug, color = false }: LogWriterOptions): (event: SupervisorEvent) => void {
  const redactEvent = createEventRedactor(redact)
  return (event) => {
    if (isTransient(event.type) && event.type !== 'output' && !debug) return
    const shown = redactEvent(event)
    write(format === 'json' ? jsonLine(shown) : textLine(shown, color))
  }
}

export function jsonLine(event: SupervisorEvent): string {
  const { time, type, node, pid, execId, host, boot, seq, mono } = event
  // a line of output is its message, which was bounded where it was read
  const message = event.type === 'output' ? event.line : cutBytes(describeEvent(event), MAX_MESSAGE_BYTES)
  return safeJson({ time, level: levelOf(event), event: type, node, pid, execId, message, ...flatFields(event), host, boot, seq, mono })
}

const COLORS: Readonly<Record<LogLevel, string>> = { debug: '\x1b[2m', info: '', warn: '\x1b[33m', error: '\x1b[31m' }

export function textLine(event: SupervisorEvent, color: boolean): string {
  const level = levelOf(event)
  const about = [event.node, event.pid].filter((part) => part !== undefined).join(' ')
  const message = escapeControls(cutBytes(describeEvent(event), MAX_MESSAGE_BYTES))
  const separator = event.type === 'output' ? (event.stream === 'stderr' ? '! ' : '| ') : ''
  const line = `${localTime(event.time)} ${level.toUpperCase().padEnd(5)} ${about === '' ? '' : `${escapeControls(about)} `}${separator}${message}`
  const start = color ? COLORS[level] : ''
  return start === '' ? line : `${start}${line}\x1b[0m`
}

/** `12:04:31.120` of an ISO 8601 time, in local time. */
function localTime(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return '--:--:--.---'
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
