// Why a document can only be read here, on a line that is away when it is to be said.
import { signal } from '@preact/signals'
import { h, render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { type Desk, DeskContext } from '../../src/ui/document/desk'
import { GateNotice } from '../../src/ui/document/gatenotice'

const learnLater = vi.hoisted(() => vi.fn<() => Promise<void>>())
vi.mock('../../src/i18n/message', async (actual) => ({
  ...(await actual<typeof import('../../src/i18n/message')>()),
  learnLater,
}))
vi.mock('../../src/ui/document/build', () => ({ isNewest: () => Promise.resolve(false) }))

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  render(null, document.body)
  vi.useRealTimers()
})

// Offline the notice stood there without words, and what went wrong was caught by nobody.
it('is shown with its words, as soon as they can be had', async () => {
  learnLater.mockRejectedValueOnce(new TypeError('Failed to fetch')).mockResolvedValueOnce()
  const gate = { names: [], newer: true, failed: false }
  const desk = { session: { doc: new Y.Doc() }, gate: signal(gate) } as unknown as Desk
  await act(() => render(h(DeskContext.Provider, { value: desk }, h(GateNotice, {})), document.body))
  expect(learnLater).toHaveBeenCalledTimes(1)
  expect(document.querySelector('[role=alert]')).toBe(null)
  await act(async () => {
    await vi.advanceTimersByTimeAsync(60_000)
  })
  expect(learnLater).toHaveBeenCalledTimes(2)
  expect(document.querySelector('[role=alert] span')?.textContent?.trim()).not.toBe('')
})
