import { createRequire } from 'node:module'
import type { KoffiFunc } from 'koffi'

/**
 * The C library of this process through koffi, loaded at the first use.
 * undefined where there is no prebuilt koffi for this platform, or with TSUPERVISE_NATIVE=0: every user has a fallback.
 */
export interface Libc {
  readonly koffi: typeof import('koffi')
  /** syscall(2): the kernel's answer, and errno (0 when the answer is not -1). */
  syscall(number: number, ...args: readonly (number | bigint | Buffer | null)[]): { readonly value: number; readonly errno: number }
  /** Declares a C function of libc, e.g. `int prctl(int, long, long, long, long)`. */
  func(prototype: string): KoffiFunc<(...args: unknown[]) => unknown>
  errno(): number
}

let loaded: { readonly libc: Libc | undefined; readonly reason: string } | undefined

/** The C library, or undefined; `libcReason` says why not. */
export function libc(): Libc | undefined {
  loaded ??= load()
  return loaded.libc
}

/** Why native calls are not available; empty when they are. */
export function libcReason(): string {
  loaded ??= load()
  return loaded.reason
}

function load(): { libc: Libc | undefined; reason: string } {
  if (process.platform !== 'linux') return { libc: undefined, reason: `no native calls on ${process.platform}` }
  if (process.env['TSUPERVISE_NATIVE'] === '0') return { libc: undefined, reason: 'native calls are turned off by TSUPERVISE_NATIVE=0' }
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
    return { libc: open(koffi), reason: '' }
  } catch (error) {
    return {
      libc: undefined,
      reason: `koffi could not be loaded: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`
    }
  }
}

function open(koffi: typeof import('koffi')): Libc {
  const library = koffi.load(null)
  const raw = library.func('long syscall(long, long, long, long, long, long, long)')
  return {
    koffi,
    syscall(number, ...args) {
      const words = args.map((argument) => (Buffer.isBuffer(argument) ? koffi.address(argument) : (argument ?? 0)))
      while (words.length < 6) words.push(0)
      const value = Number(raw(number, ...words))
      const errno = value === -1 ? koffi.errno() : 0
      // asked after the call: the buffers, of which the kernel has only the addresses, must not be collected before
      if (args.length > 6) throw new RangeError(`system call ${number} with ${args.length} arguments`)
      return { value, errno }
    },
    func: (prototype) => library.func(prototype) as KoffiFunc<(...args: unknown[]) => unknown>,
    errno: () => koffi.errno()
  }
}
