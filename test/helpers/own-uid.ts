import { readFileSync } from 'node:fs'
import { beforeEach } from 'vitest'

/** proc_sys_kernel(5): the uid that users without a mapping are shown as. */
const isOverflowUser = (): boolean =>
  process.platform === 'linux' && process.getuid?.() === Number(readFileSync('/proc/sys/kernel/overflowuid', 'utf8'))

/** For a file or a `describe` whose tests register processes of their own user: to who may be anybody it is refused. */
export function needsOwnUid(): void {
  beforeEach(({ skip }) => skip(isOverflowUser(), 'needs a uid that does not stand for users without a mapping'))
}
