import { execFileSync } from 'node:child_process'
import { constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'

/** A start of the measured program: its pid, and when its line came in (monotonic ms). */
export interface Start {
  readonly pid: number
  readonly at: number
}

/**
 * A fifo into which the measured program writes its pid when it starts, so that every supervisor is measured
 * with the same program from the same place.
 */
export class Starts {
  readonly path: string
  readonly #socket: Socket
  readonly #started: Start[] = []
  #waiting: (() => void) | undefined
  #rest = ''

  constructor(folder: string) {
    this.path = join(folder, 'starts')
    execFileSync('mkfifo', [this.path])
    const fd = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK)
    this.#socket = new Socket({ fd, readable: true, writable: false })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (chunk: string) => this.#take(chunk))
  }

  /** A shell command for the program: says that it lives, then waits for ever. */
  get command(): readonly string[] {
    return ['/bin/sh', '-c', `echo $$ > ${this.path}; exec sleep 1000000`]
  }

  /** The next start that nobody has taken yet. */
  async next(timeoutMs = 60_000): Promise<Start> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const start = this.#started.shift()
      if (start !== undefined) return start
      const left = deadline - performance.now()
      if (left <= 0) throw new Error(`no start within ${timeoutMs} ms`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#waiting = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: string): void {
    const at = performance.now()
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#started.push({ pid: Number(line), at })
    this.#waiting?.()
  }
}
