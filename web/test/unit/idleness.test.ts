import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { tellIdleness } from '../../src/people/idleness'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const idleOf = (awareness: Awareness): unknown => awareness.getLocalState()?.idle ?? false

test('whoever touches nothing for long is away, and back with the first key', () => {
  const awareness = new Awareness(new Y.Doc())
  const stop = tellIdleness(awareness, 60_000)
  vi.advanceTimersByTime(59_000)
  expect(idleOf(awareness)).toBe(false)
  vi.advanceTimersByTime(2_000)
  expect(idleOf(awareness)).toBe(true)
  document.dispatchEvent(new KeyboardEvent('keydown', { key: 'a' }))
  expect(idleOf(awareness)).toBe(false)
  stop()
  awareness.destroy()
})

test('a key now and then is enough', () => {
  const awareness = new Awareness(new Y.Doc())
  const stop = tellIdleness(awareness, 60_000)
  for (let minute = 0; minute < 5; minute++) {
    vi.advanceTimersByTime(50_000)
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'a' }))
    expect(idleOf(awareness)).toBe(false)
  }
  stop()
  awareness.destroy()
})
