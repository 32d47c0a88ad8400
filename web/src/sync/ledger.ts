// What is known to be stored: a pure state machine behind the words "All changes saved".
//
// The promise: `saved` is shown only while the server has confirmed, by echoing a barrier, that
// everything this page has written is on disk, offline edits of former visits included.
// State vectors are not used for this: a deletion does not advance them.
//
// Tokens only grow. `covering` is the token whose echo proves the last edit durable; probes that
// merely measure latency take tokens too, but never become `covering`.
//
// Away is away, however fast somebody types: without a connection every state is an offline one, so
// that the word "offline" waits neither for a pause in typing nor for the device's storage.

export type Link = 'connecting' | 'online' | 'offline' | 'ended'

export interface Ledger {
  link: Link
  /** The line was lost, and no connection since then has settled. */
  lost: boolean
  /** The server's content has arrived on this connection. */
  received: boolean
  /** A barrier sent after our answer to the server's state vector has come back. */
  settled: boolean
  /** The token of that barrier, while it is awaited. */
  settling: number | null
  /** This page has been settled at least once. */
  opened: boolean
  /** Something was written after the last barrier left. */
  dirty: boolean
  covering: number
  stored: number
  /** Edits also go to this device's own storage. */
  keeps: boolean
  /** How many edits were made, and how many of them are in that storage. */
  edits: number
  kept: number
  /** The server said on this connection that it takes no writing; what is written is not saved. */
  denied: boolean
}

export type LedgerEvent =
  | { kind: 'connecting' }
  | { kind: 'connected' }
  | { kind: 'received' }
  | { kind: 'disconnected' }
  | { kind: 'ended' }
  | { kind: 'edited' }
  | { kind: 'asked'; token: number; for: 'edits' | 'opening' }
  | { kind: 'answered'; token: number }
  | { kind: 'keeps'; keeps: boolean }
  | { kind: 'kept'; edits: number }
  | { kind: 'denied' }

export type SaveState =
  | 'opening'
  | 'saving'
  | 'saved'
  | 'offline'
  | 'offline-keeping'
  | 'offline-kept'
  | 'offline-unsaved'
  | 'denied'
  | 'ended'

export const emptyLedger: Ledger = {
  link: 'connecting',
  lost: false,
  received: false,
  settled: false,
  settling: null,
  opened: false,
  dirty: false,
  covering: 0,
  stored: 0,
  keeps: false,
  edits: 0,
  kept: 0,
  denied: false,
}

/** Barriers that were under way when a connection ended will never be answered. */
const disconnect = (ledger: Ledger, link: Link): Ledger => ({
  ...ledger,
  link,
  received: false,
  settled: false,
  settling: null,
  denied: false,
  dirty: ledger.dirty || ledger.covering > ledger.stored,
  covering: ledger.stored,
})

/** The server's content is here, and what we had is there: the two are together again. */
const meet = (ledger: Ledger): Ledger =>
  ledger.received && ledger.settled ? { ...ledger, opened: true, lost: false } : ledger

export function record(ledger: Ledger, event: LedgerEvent): Ledger {
  // What ended stays ended; only edits are still noted, so that they can be offered as a copy.
  if (ledger.link === 'ended' && event.kind !== 'edited') return ledger
  switch (event.kind) {
    case 'connecting':
      return ledger.opened || ledger.link === 'offline' ? ledger : { ...ledger, link: 'connecting' }
    case 'connected':
      return { ...disconnect(ledger, 'online') }
    case 'received':
      return meet({ ...ledger, received: true })
    case 'disconnected':
      return { ...disconnect(ledger, 'offline'), lost: true }
    case 'ended':
      return { ...disconnect(ledger, 'ended'), lost: false }
    case 'edited':
      return { ...ledger, dirty: true, edits: ledger.edits + 1 }
    case 'asked':
      return event.for === 'opening'
        ? { ...ledger, dirty: false, covering: event.token, settling: event.token }
        : { ...ledger, dirty: false, covering: event.token }
    case 'answered': {
      const stored = Math.max(ledger.stored, event.token)
      const settled = ledger.settled || (ledger.settling !== null && stored >= ledger.settling)
      return meet({ ...ledger, stored, settled })
    }
    case 'keeps':
      return { ...ledger, keeps: event.keeps }
    case 'kept':
      return { ...ledger, kept: Math.max(ledger.kept, event.edits) }
    case 'denied':
      return { ...ledger, denied: true }
  }
}

/** True while something this page wrote is not known to be on the server's disk. */
export const unsaved = (ledger: Ledger): boolean => ledger.dirty || ledger.covering > ledger.stored

/** True when closing the page now would lose something. */
export const atRisk = (ledger: Ledger): boolean =>
  unsaved(ledger) && !(ledger.keeps && ledger.kept >= ledger.edits)

/** Without a connection: "kept" only once it is, "keeping" while it is being kept. */
function offlineState(ledger: Ledger): SaveState {
  if (!unsaved(ledger)) return 'offline'
  if (!ledger.keeps) return 'offline-unsaved'
  return atRisk(ledger) ? 'offline-keeping' : 'offline-kept'
}

export function saveState(ledger: Ledger): SaveState {
  if (ledger.link === 'ended') return 'ended'
  const offline = offlineState(ledger)
  if (ledger.link === 'offline') return offline
  // Whatever else is under way: this will not be saved, and waiting does not change that.
  if (ledger.denied && unsaved(ledger)) return 'denied'
  if (ledger.link === 'online' && ledger.received && ledger.settled)
    return unsaved(ledger) ? 'saving' : 'saved'
  if (!ledger.opened) return 'opening'
  // Reconnected, but not yet settled: say what is certain.
  return unsaved(ledger) && ledger.link === 'online' ? 'saving' : offline
}
