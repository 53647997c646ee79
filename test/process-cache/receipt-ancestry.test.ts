import { expect, test } from 'vitest'
import type { EventBody } from '../../src/core/events.ts'
import { withAncestry } from '../../src/core/process/details/receipt-ancestry.ts'
import type { Receipt } from '../../src/core/receipt.ts'

const leader = { pid: 7, startTime: 1, execId: 'x' }
const receipt = (closedAt: string | undefined): Receipt => ({
  id: 1,
  node: 'worker',
  incarnation: 1,
  leader,
  mode: 'stopped',
  reason: { kind: 'health', detail: '' },
  window: [],
  tree: [],
  signals: [],
  diagnostics: undefined,
  exit: undefined,
  survivors: [],
  openedAt: '2026-01-01T00:00:00Z',
  closedAt,
  durationMs: undefined,
  next: undefined
})

test('a receipt says where its leader came from, also when that could not be looked up any more at its end', () => {
  const told: EventBody[] = []
  let known = [{ pid: 1, execId: 'init', command: '/sbin/init' }]
  const emit = withAncestry(
    (body) => void told.push(body),
    () => known
  )
  emit({ type: 'receipt-opened', receipt: receipt(undefined) })
  known = []
  emit({ type: 'receipt-closed', receipt: receipt('2026-01-01T00:00:01Z') })
  emit({ type: 'receipt-opened', receipt: receipt(undefined) })
  emit({ type: 'node-removed' })
  expect(
    told.map((body) => ('receipt' in body && typeof body.receipt === 'object' ? body.receipt.ancestry?.map(({ pid }) => pid) : body.type))
  ).toEqual([[1], [1], [], 'node-removed'])
})
