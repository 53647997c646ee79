import type { Clock } from '../ports.ts'
import type { Probe } from '../settings.ts'
import { type ProbeResult, unhealthy } from './result.ts'

/** Read of the answer's body before the connection is closed: enough for a server to finish its own business. */
const MAX_BODY_BYTES = 64 * 1024

/** GET without following redirects; healthy when the status lies within the expected range. The body is thrown away. */
export function probeHttp({ url, expectStatus }: Extract<Probe, { kind: 'http' }>, timeoutMs: number, clock: Clock): Promise<ProbeResult> {
  const target = URL.parse(url)
  if (target === null || !/^https?:$/.test(target.protocol)) return Promise.resolve(unhealthy(`${url} is no http or https address`))
  const [lowest, highest] = expectStatus
  // not imported above: TLS would be loaded into every run
  const { get } = process.getBuiltinModule(target.protocol === 'https:' ? 'node:https' : 'node:http')

  return new Promise((resolve) => {
    const request = get(target, { agent: false, headers: { 'user-agent': 'tsupervise', connection: 'close' } })
    const cancel = clock.after(timeoutMs, () => {
      request.destroy()
      resolve(unhealthy(`${url} did not answer within ${timeoutMs} ms`))
    })
    request.on('error', (error) => {
      cancel()
      resolve(unhealthy(`${url}: ${error.message}`))
    })
    request.on('close', () => {
      cancel()
      resolve(unhealthy(`${url} closed the connection without an answer`))
    })
    request.on('response', (response) => {
      const status = response.statusCode ?? 0
      let room = MAX_BODY_BYTES
      response.on('data', (chunk: Buffer) => {
        room -= chunk.length
        if (room < 0) request.destroy()
      })
      resolve(
        status >= lowest && status <= highest ? { healthy: true } : unhealthy(`${url} answered ${status}, expected ${lowest} to ${highest}`)
      )
    })
  })
}
