import { createConnection } from 'node:net'
import { join } from 'node:path'
import type { TestProcesses } from '../helpers/processes.ts'

/** redis-server on a Unix socket in `folder`, nothing on the network, nothing on the disk unless asked. */
export const redisCommand = (folder: string): readonly string[] => [
  'redis-server',
  ...['--port', '0'],
  ...['--unixsocket', join(folder, 'redis.sock')],
  ...['--dir', folder],
  ...['--save', ''],
  ...['--loglevel', 'notice']
]

/** One command in Redis's protocol, and the raw answer to it; undefined while nobody listens or the server goes away. */
export function ask(folder: string, ...words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(join(folder, 'redis.sock'))
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('connect', () => {
      socket.end([`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ''].join('\r\n'))
    })
    socket.on('data', (text: string) => {
      answer += text
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(answer === '' ? undefined : answer.trimEnd()))
  })
}

/** Adds values of 1 MB that cannot be compressed much, from `first` on. */
export const fill = (folder: string, first: number, count: number): Promise<string | undefined> =>
  ask(
    folder,
    'EVAL',
    `for i = ${first}, ${first + count - 1} do redis.call('SET', 'key:' .. i, string.rep(tostring(i) .. ':', 1024 * 1024 / (#tostring(i) + 1))) end return 'OK'`,
    '0'
  )

/** Runs redis-benchmark against the socket; gives its exit code. */
export function benchmark(folder: string, processes: TestProcesses, requests: number): Promise<number | null> {
  const words = ['-s', join(folder, 'redis.sock'), '-n', String(requests), '-c', '20', '-t', 'set,get,incr,lpush', '-q']
  const child = processes.spawn('redis-benchmark', words, { stdio: 'ignore' })
  return new Promise((resolve) => child.once('close', resolve))
}
