// "All changes saved" must never be shown while it may be untrue. These are the ways in which it
// could be, told as stories over the pure state machine.
import { describe, expect, it } from 'vitest'
import { atRisk, emptyLedger, type LedgerEvent, record, saveState, unsaved } from '../../src/sync/ledger'

const told = (...events: LedgerEvent[]) => events.reduce(record, { ...emptyLedger, keeps: true })
const state = (...events: LedgerEvent[]) => saveState(told(...events))

const opened: LedgerEvent[] = [
  { kind: 'connected' },
  { kind: 'received' },
  { kind: 'asked', token: 1, for: 'opening' },
  { kind: 'answered', token: 1 },
]
const edited: LedgerEvent = { kind: 'edited' }
const asked = (token: number): LedgerEvent => ({ kind: 'asked', token, for: 'edits' })
const answered = (token: number): LedgerEvent => ({ kind: 'answered', token })
const disconnected: LedgerEvent = { kind: 'disconnected' }
const connected: LedgerEvent = { kind: 'connected' }
const kept = (edits: number): LedgerEvent => ({ kind: 'kept', edits })
const received: LedgerEvent = { kind: 'received' }

describe('opening', () => {
  it('is not saved before the content has arrived and our answer is stored', () => {
    expect(state()).toBe('opening')
    expect(state(connected)).toBe('opening')
    expect(state(connected, received)).toBe('opening')
    expect(state(connected, { kind: 'asked', token: 1, for: 'opening' }, answered(1))).toBe('opening')
    expect(state(...opened)).toBe('saved')
  })

  it('does not depend on which of the two comes first', () => {
    expect(state(connected, { kind: 'asked', token: 1, for: 'opening' }, answered(1), received)).toBe('saved')
  })

  it('says offline when the server was never reached', () => {
    expect(state(disconnected)).toBe('offline')
    expect(state(disconnected, { kind: 'connecting' })).toBe('offline')
  })
})

describe('a document that takes no writing', () => {
  const denied: LedgerEvent = { kind: 'denied' }

  it('is saved to whoever wrote nothing, and to nobody else', () => {
    expect(state(...opened, denied)).toBe('saved')
    expect(state(connected, denied, ...opened.slice(1))).toBe('saved')
    expect(state(...opened, denied, edited)).toBe('denied')
    expect(state(...opened, denied, edited, asked(2))).toBe('denied')
    expect(state(...opened, edited, asked(2), denied)).toBe('denied')
    expect(atRisk(told(...opened, denied, edited))).toBe(true)
  })

  it('is said of edits that were kept from a former visit', () => {
    const opening: LedgerEvent = { kind: 'asked', token: 1, for: 'opening' }
    expect(state(connected, denied, received, opening)).toBe('denied')
  })

  it('holds for one connection', () => {
    expect(state(...opened, denied, edited, disconnected, kept(1))).toBe('offline-kept')
    const back = [connected, received, asked(2), answered(2)]
    expect(state(...opened, denied, edited, disconnected, ...back)).not.toBe('denied')
  })
})

describe('writing', () => {
  it('is saving until a barrier behind the edit comes back', () => {
    expect(state(...opened, edited)).toBe('saving')
    expect(state(...opened, edited, asked(2))).toBe('saving')
    expect(state(...opened, edited, asked(2), answered(2))).toBe('saved')
  })

  it('is not saved by the echo of an older barrier', () => {
    expect(state(...opened, edited, asked(2), edited, answered(2))).toBe('saving')
    expect(state(...opened, edited, asked(2), edited, asked(3), answered(2))).toBe('saving')
    expect(state(...opened, edited, asked(2), edited, asked(3), answered(3))).toBe('saved')
  })

  it('is not disturbed by probes for latency', () => {
    expect(state(...opened, answered(9))).toBe('saved')
    expect(state(...opened, edited, answered(9))).toBe('saving')
  })
})

describe('losing the connection', () => {
  it('keeps the truth about edits whose barrier was under way', () => {
    const lost = [...opened, edited, asked(2), disconnected]
    expect(state(...lost, kept(1))).toBe('offline-kept')
    expect(unsaved(told(...lost))).toBe(true)
  })

  it('is plainly offline when nothing is pending', () => {
    expect(state(...opened, disconnected)).toBe('offline')
    expect(state(...opened, disconnected, edited, kept(1))).toBe('offline-kept')
  })

  it('is kept only once the device has stored the last edit', () => {
    const twice = [...opened, disconnected, edited, edited]
    expect(state(...twice)).toBe('offline-keeping')
    expect(state(...twice, kept(1))).toBe('offline-keeping')
    expect(atRisk(told(...twice, kept(1)))).toBe(true)
    expect(state(...twice, kept(2))).toBe('offline-kept')
    expect(atRisk(told(...twice, kept(2)))).toBe(false)
  })

  it('promises nothing when this device keeps nothing', () => {
    expect(state({ kind: 'keeps', keeps: false }, ...opened, disconnected, edited)).toBe('offline-unsaved')
  })

  it('is saved again only after the server has stored the offline edits', () => {
    const back = [...opened, edited, disconnected, connected]
    expect(state(...back)).toBe('saving')
    expect(state(...back, received)).toBe('saving')
    const settling: LedgerEvent = { kind: 'asked', token: 5, for: 'opening' }
    expect(state(...back, received, settling)).toBe('saving')
    expect(state(...back, received, settling, answered(5))).toBe('saved')
  })

  it('does not call itself saved between reconnecting and settling', () => {
    expect(state(...opened, disconnected, connected)).toBe('offline')
    expect(state(...opened, disconnected, connected, received)).toBe('offline')
  })

  it('does not settle by an edit barrier sent before our answer left', () => {
    expect(state(...opened, disconnected, connected, edited, asked(3), received, answered(3))).not.toBe(
      'saved',
    )
  })
})

// While the server was gone, whoever typed without a pause read "Saving…" and never that they were
// offline: each key was for a moment not on the device yet, that moment was called "saving", and the
// banner began its patience anew each time.
describe('typing on without a connection', () => {
  const typing: LedgerEvent[] = Array.from({ length: 20 }, (_, i) => [edited, kept(i)]).flat()

  it('is offline after every key, whether the device has it already or not', () => {
    typing.forEach((_, i) => {
      expect(state(...opened, disconnected, ...typing.slice(0, i + 1))).toMatch(/^offline/)
    })
  })

  it('is away from the loss of the line until server and page are together again', () => {
    const lost = [...opened, edited, asked(2), disconnected, edited]
    expect(told(...opened, edited).lost).toBe(false)
    expect(told(...lost).lost).toBe(true)
    const settling: LedgerEvent = { kind: 'asked', token: 5, for: 'opening' }
    expect(told(...lost, connected, edited, received, settling).lost).toBe(true)
    expect(told(...lost, connected, edited, received, settling, answered(5)).lost).toBe(false)
    expect(told(...lost, { kind: 'ended' }).lost).toBe(false)
  })

  it('stays away while a server opens connections only to drop them', () => {
    const dropped = [connected, edited, disconnected]
    expect(told(...opened, ...dropped, ...dropped, connected).lost).toBe(true)
    expect(told(disconnected, connected).lost).toBe(true)
  })
})

describe('the end', () => {
  it('is final, and remembers whether something was lost', () => {
    const gone = [...opened, edited, { kind: 'ended' } as const]
    expect(state(...gone)).toBe('ended')
    expect(state(...gone, connected, received, answered(99))).toBe('ended')
    expect(unsaved(told(...gone))).toBe(true)
    expect(unsaved(told(...opened, { kind: 'ended' }))).toBe(false)
  })
})
