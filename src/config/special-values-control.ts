import type { ListenAddress } from '../core/settings.ts'
import { tcpAddress } from './special-values.ts'
import type { ValueKind } from './values.ts'

/** As `tcpAddress`, for somebody who listens; port 0: any free one. */
export const listenAddress: ValueKind<ListenAddress> = {
  ...tcpAddress,
  expected: 'host:port, such as 127.0.0.1:9464 or [::1]:9464',
  read(found) {
    const host = typeof found === 'string' ? /^(.*):0$/.exec(found)?.[1] : undefined
    const any = host === undefined ? undefined : tcpAddress.read(`${host}:1`)
    return any === undefined ? tcpAddress.read(found) : { ...any, port: 0 }
  },
  json: { type: ['string', 'integer'], examples: ['127.0.0.1:9464'] }
}
