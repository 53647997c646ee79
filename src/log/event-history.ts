import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, failure, type Result, success } from '../core/errors.ts'
import { EVENT_FILE_NAME, MAX_FILES } from './event-file.ts'
import {
  type EventRequest,
  type Selection,
  selectEvents,
  selectReceipts,
  type WrittenEvent,
  type WrittenReceipt
} from './event-selection.ts'
import { readLinesBackwards } from './read-backwards.ts'

/** What one answer may hold, as it was written; older ones are left out. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024

/** What was written down, of this run or of earlier ones too; oldest first. */
export interface EventHistory {
  events(request: EventRequest): Promise<Result<readonly WrittenEvent[]>>
  receipts(request: Pick<EventRequest, 'most' | 'runs'>): Promise<Result<readonly WrittenReceipt[]>>
}

export interface EventHistoryOptions {
  /** undefined: nothing is kept. */
  readonly folder: string | undefined
  readonly runId: string
  /** What still waits is on its way to the disk after this. */
  readonly flush: () => Promise<void>
}

/**
 * Reads the event file and those that were set aside, from their ends, while they are written. Errors: no-history (none is kept),
 * those of open(2) and read(2).
 */
export function createEventHistory({ folder, runId, flush }: EventHistoryOptions): EventHistory {
  const select = async <T>(selection: Selection<T>): Promise<Result<readonly T[]>> => {
    if (folder === undefined) return failure('no-history', 'this run keeps no event file (stateDir is none)')
    await flush()
    const files: FileHandle[] = []
    try {
      await openAll(join(folder, EVENT_FILE_NAME), files)
      await walk(files, selection)
      return success(selection.found())
    } catch (error) {
      const code = errnoOf(error)
      if (code === undefined) throw error
      return failure(code, `the event file cannot be read: ${code}`)
    } finally {
      for (const file of files) await file.close()
    }
  }
  /** One at a time: each may hold much. */
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(selection: Selection<T>): Promise<Result<readonly T[]>> => {
    const mine = last.then(() => select(selection))
    last = mine.catch(() => undefined)
    return mine
  }

  return {
    events: (request) => inTurn(selectEvents(request, runId)),
    receipts: (request) => inTurn(selectReceipts(request, runId))
  }
}

async function walk<T>(files: readonly FileHandle[], selection: Selection<T>): Promise<void> {
  let bytes = 0
  for (const file of files) {
    for await (const line of readLinesBackwards(file)) {
      const event = parseEvent(line)
      if (event === undefined) continue
      const before = selection.count()
      if (selection.take(event) === 'enough') return
      if (selection.count() > before) bytes += line.length
      if (bytes > MAX_ANSWER_BYTES) return
    }
  }
}

/** Newest first. A rotation meanwhile moves a file that is open already: it is not opened twice. */
async function openAll(path: string, files: FileHandle[]): Promise<void> {
  const seen = new Set<string>()
  for (let age = 0; age < MAX_FILES; age++) {
    const file = await openIfThere(age === 0 ? path : `${path}.${age}`)
    if (file === undefined) continue
    const { dev, ino } = await file.stat()
    const key = `${dev}:${ino}`
    if (seen.has(key)) await file.close()
    else files.push(file)
    seen.add(key)
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    return undefined
  }
}

/** undefined: a line that is no event, such as one that was cut when the disk was full. */
function parseEvent(line: string): WrittenEvent | undefined {
  try {
    const value: unknown = JSON.parse(line)
    const isEvent = typeof value === 'object' && value !== null && 'type' in value && 'seq' in value
    return isEvent ? (value as WrittenEvent) : undefined
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}
