import { join } from 'node:path'
import { success } from '../core/errors.ts'
import type { Emit } from '../core/events.ts'
import { createProcReader, pidNamespace } from '../core/process/proc-reader.ts'
import { createLeftNodes, type LeftNodes, noLeftNodes } from '../core/supervision/left-nodes.ts'
import { prepareStateFolder } from '../log/state-folder.ts'

/** What an earlier supervisor of this name left running, by the record in the state folder. */
export function openLeftNodes(stateDir: string | undefined, boot: string, emit: Emit): LeftNodes {
  if (stateDir === undefined) return noLeftNodes
  return createLeftNodes({
    path() {
      const folder = prepareStateFolder(stateDir, process.geteuid?.() ?? 0)
      return folder.ok ? success(join(folder.value, 'left-running.json')) : folder
    },
    boot,
    pidNamespace: pidNamespace() || 'unknown',
    reader: createProcReader(),
    emit
  })
}
