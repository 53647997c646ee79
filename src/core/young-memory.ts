import type { Cancel, Clock } from './ports.ts'

const EVERY_MS = 60_000
const MOST = 24 * 2 ** 20

/** Bytes that V8 has in memory for young objects, used or not (v8.getHeapSpaceStatistics). */
export const youngBytes = (): number =>
  process
    .getBuiltinModule('node:v8')
    .getHeapSpaceStatistics()
    .find(({ space_name }) => space_name === 'new_space')?.physical_space_size ?? 0

/**
 * V8 sets ever more memory aside for the young objects of a process that makes some every second, up to 128 MB after an hour at the screen,
 * hardly any of it in use, and never gives it back by itself. Asked for all that can be had it does, within 50 ms: so only when there is much,
 * which takes it half an hour. The option that would bound it (--max-semi-space-size) works on the command line of Node alone.
 */
export function keepYoungSmall(clock: Clock, most = MOST): Cancel {
  const collect = collector()
  const look = (): void => {
    if (youngBytes() > most) collect()
    cancel = clock.after(EVERY_MS, look)
  }
  let cancel = clock.after(EVERY_MS, look)
  return () => cancel()
}

type Collect = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void

/** V8's own `gc`, which it shows to contexts that are made after it was told to. */
function collector(): () => void {
  let gc: Collect | undefined
  return () => {
    if (gc === undefined) {
      process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc')
      gc = process.getBuiltinModule('node:vm').runInNewContext('gc') as Collect
    }
    gc({ type: 'major', flavor: 'last-resort' })
  }
}
