import * as z from 'zod/mini'
import { exactlyOne, field, section } from './field.ts'
import { command, httpUrl, statusRange, tcpAddress } from './special-values.ts'
import { duration, interval } from './units.ts'
import { count, pattern, type ValueKind } from './values.ts'

const yes: ValueKind<true> = {
  expected: 'true',
  read: (found) => (found === true ? true : undefined),
  show: () => 'true',
  json: { const: true }
}

const PROBES = ['exec', 'tcp', 'http'] as const
const READY = ['line', 'notify', ...PROBES] as const

const probe = {
  exec: field(command, 'A command that ends with 0.', 'live'),
  tcp: field(tcpAddress, 'host:port that accepts a connection.', 'live'),
  http: field(httpUrl, 'An address that answers with a good status.', 'live'),
  status: field(statusRange, 'HTTP statuses that are good. Default 200-399.', 'live')
}

const oneOf = (keys: readonly string[]) => ({ oneOf: keys.map((key) => ({ required: [key] })) })

const readyShape = section(
  {
    ...probe,
    line: field(pattern, 'A regular expression that a line of output matches.', 'live'),
    notify: field(yes, 'READY=1 over NOTIFY_SOCKET, as in sd_notify(3).', 'live'),
    interval: field(interval, 'Between two attempts. Default 1s.', 'live'),
    timeout: field(duration, 'Longest wait. Default 30s.', 'live')
  },
  'a map such as {tcp: 127.0.0.1:80}',
  'When the node counts as ready, for those that start after it.'
)

export const readySection = readyShape
  .check(exactlyOne<z.output<typeof readyShape>>(READY))
  .register(z.globalRegistry, { ...oneOf(READY), description: 'When the node counts as ready, for those that start after it.' })

const healthShape = section(
  {
    ...probe,
    interval: field(interval, 'Between two attempts. Default 10s.', 'live'),
    timeout: field(interval, 'For one attempt. Default 2s.', 'live'),
    failures: field(count(1, 1000), 'Failures in a row that stop the node. Default 3.', 'live'),
    startPeriod: field(duration, 'No check before this uptime. Default 5s.', 'live')
  },
  'a map such as {http: http://127.0.0.1/health}',
  'A check whose failures stop the node.'
)

export const healthSection = healthShape
  .check(exactlyOne<z.output<typeof healthShape>>(PROBES))
  .register(z.globalRegistry, { ...oneOf(PROBES), description: 'A check whose failures stop the node.' })
