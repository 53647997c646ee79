import { expect, test } from 'vitest'
import { createStore } from 'zustand/vanilla'
import { createFeed } from '../../src/ui/feed.ts'
import { logsPane } from '../../src/ui/view/log-lines.ts'
import { initialView, openPane } from '../../src/ui/view/state.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { createFakeSession } from '../helpers/fake-session.ts'

function started() {
  const clock = new FakeClock()
  const session = createFakeSession()
  const view = createStore(() => initialView({ columns: 80, rows: 24 }))
  const feed = createFeed(session, clock, view)
  let taken = 0
  feed.shown.subscribe(() => taken++)
  const change = () => session.update((state) => ({ ...state, lastSeq: state.lastSeq + 1 }))
  return { clock, session, view, feed, change, taken: () => taken }
}

test('data reach the screen once a second, however often they change', () => {
  const { clock, session, feed, change, taken } = started()
  for (let step = 0; step < 100; step++) {
    change()
    clock.advance(50)
  }
  expect(taken()).toBe(5)
  expect(feed.shown.getState().state.lastSeq).toBeGreaterThan(session.getState().lastSeq - 21)
})

test('after a key they are there at once, and the second begins anew', () => {
  const { clock, session, feed, change, taken } = started()
  clock.advance(900)
  change()
  feed.refresh()
  expect(feed.shown.getState().state).toBe(session.getState())
  clock.advance(900)
  expect(taken()).toBe(1)
  clock.advance(100)
  expect(taken()).toBe(2)
})

test('paused, the screen stays; closed, nothing ticks', () => {
  const { clock, session, view, feed, change } = started()
  view.setState({ paused: true })
  change()
  feed.refresh()
  clock.advance(5000)
  expect(feed.shown.getState().state).not.toBe(session.getState())
  view.setState({ paused: false })
  clock.advance(1000)
  expect(feed.shown.getState().state).toBe(session.getState())
  feed.close()
  expect(clock.pending).toBe(0)
})

test('paused, the output of a node is never shown as that of another one', () => {
  const { clock, session, view, feed } = started()
  session.write('api', 'of api')
  session.write('indexer', 'of indexer')
  const shows = () => feed.shown.getState().logs?.lines.map(({ text }) => text)
  view.setState(openPane(view.getState(), logsPane('api')))
  feed.refresh()
  expect(shows()).toEqual(['of api'])
  view.setState({ paused: true })
  session.write('api', 'later')
  clock.advance(5000)
  expect(shows()).toEqual(['of api'])
  view.setState(openPane(view.getState(), logsPane('indexer')))
  feed.refresh()
  expect(shows()).toEqual(['of indexer'])
  view.setState(openPane(view.getState(), logsPane('shipper')))
  feed.refresh()
  expect(shows()).toEqual([])
  // what comes from far is not there at once
  session.write('shipper', 'of shipper')
  clock.advance(1000)
  expect(shows()).toEqual(['of shipper'])
  session.write('shipper', 'later')
  clock.advance(1000)
  expect(shows()).toEqual(['of shipper'])
})

test('output is fetched only while its pane is open', () => {
  const { session, view, feed } = started()
  session.write('api', 'hello')
  feed.refresh()
  expect(feed.shown.getState().logs).toBeUndefined()
  view.setState(openPane(view.getState(), logsPane('api')), true)
  feed.refresh()
  expect(feed.shown.getState().logs?.lines.map((line) => line.text)).toEqual(['hello'])
})
