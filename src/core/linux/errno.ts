import { constants } from 'node:os'
import type { Errno } from '../errors.ts'

const names = new Map<number, Errno>()
for (const [name, number] of Object.entries(constants.errno)) if (!names.has(number)) names.set(number, name)

/** The name of a kernel error number, as in errno(3). A number that has none is a bug of the caller, and throws. */
export function errnoName(number: number): Errno {
  const name = names.get(number)
  if (name === undefined) throw new Error(`the kernel answered with errno ${number}, which has no name`)
  return name
}
