import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { runProbe } from '../../src/core/probe/probe.ts'
import { realPorts } from '../helpers/command-ports.ts'
import { TestProcesses } from '../helpers/processes.ts'

const processes = new TestProcesses()
const ports = realPorts(processes)
const servers: Server[] = []
afterEach(() => {
  processes.cleanUp()
  for (const server of servers.splice(0)) server.close()
})

const listen = <T extends Server>(server: T): Promise<number> =>
  new Promise((resolve) => {
    servers.push(server)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
const serve = async (listener: RequestListener): Promise<string> => `http://127.0.0.1:${await listen(createHttpServer(listener))}/health`
const http = (url: string, expectStatus: readonly [number, number] = [200, 299], timeoutMs = 5000) =>
  runProbe({ kind: 'http', url, expectStatus }, timeoutMs, ports)

describe('a probe by command', () => {
  const exec = (script: string, timeoutMs = 5000) => runProbe({ kind: 'exec', argv: ['/bin/sh', '-c', script] }, timeoutMs, ports)

  it('is healthy at exit 0 only, and else tells the last line', async () => {
    expect(await exec('echo fine')).toEqual({ healthy: true })
    expect(await exec('echo looking; echo "no leader" >&2; exit 2')).toEqual({ healthy: false, detail: 'exit 2: no leader' })
    expect(await exec('kill -KILL $$')).toEqual({ healthy: false, detail: 'ended by SIGKILL' })
  })

  it('is killed when it takes too long', async () => {
    expect(await exec('sleep 300', 200)).toEqual({ healthy: false, detail: 'not finished within 200 ms, killed' })
    expect(processes.alive()).toEqual([])
  })
})

describe('a probe by TCP', () => {
  it('is healthy where somebody listens', async () => {
    const port = await listen(createServer((socket) => socket.destroy()))
    expect(await runProbe({ kind: 'tcp', host: '127.0.0.1', port }, 5000, ports)).toEqual({ healthy: true })
  })

  it('tells why it is not', async () => {
    const server = createServer()
    const port = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    expect(await runProbe({ kind: 'tcp', host: '127.0.0.1', port }, 5000, ports)).toEqual({
      healthy: false,
      detail: `127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`
    })
  })
})

describe('a probe by HTTP', () => {
  it('goes by the status alone', async () => {
    const url = await serve((request, response) => response.writeHead(request.headers['user-agent'] === 'tsupervise' ? 204 : 400).end())
    expect(await http(url)).toEqual({ healthy: true })
    expect(await http(url, [200, 203])).toEqual({ healthy: false, detail: `${url} answered 204, expected 200 to 203` })
  })

  it('follows no redirect', async () => {
    let requests = 0
    const url = await serve((_, response) => {
      requests += 1
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect(await http(url)).toMatchObject({ healthy: false, detail: `${url} answered 302, expected 200 to 299` })
    expect(await http(url, [200, 399])).toEqual({ healthy: true })
    expect(requests).toBe(2)
  })

  it('hangs up on a body without end', async () => {
    const closed = new Promise<void>((resolve, reject) => {
      void serve((_, response) => {
        response.on('close', resolve)
        response.writeHead(200)
        const more = (): void => {
          while (response.write('x'.repeat(16_384)));
          response.once('drain', more)
        }
        more()
      }).then(async (url) => expect(await http(url)).toEqual({ healthy: true }), reject)
    })
    await closed
  })

  it('names a server that is silent, one that hangs up and one that talks nonsense', async () => {
    const silent = await serve(() => undefined)
    expect(await http(silent, [200, 299], 150)).toEqual({ healthy: false, detail: `${silent} did not answer within 150 ms` })
    const rude = await serve((request) => request.socket.destroy())
    expect(await http(rude)).toEqual({ healthy: false, detail: `${rude}: socket hang up` })
    const port = await listen(createServer((socket) => socket.end('HTTP/1.1 OK fine\r\n\r\n')))
    expect(await http(`http://127.0.0.1:${port}/`)).toMatchObject({ healthy: false })
    const upgrading = await listen(
      createServer((socket) => socket.end('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'))
    )
    expect(await http(`http://127.0.0.1:${upgrading}/`)).toMatchObject({ healthy: false })
    expect(await http('ftp://127.0.0.1/')).toEqual({ healthy: false, detail: 'ftp://127.0.0.1/ is no http or https address' })
  })
})
