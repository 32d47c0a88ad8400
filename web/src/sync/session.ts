// One open document: its Yjs doc, its connection, its copy on this device, and what is known to be
// saved. A session is opened once per page and never reused for another document.
//
// The order matters. The device's copy is loaded first, so that the first message to the server
// already tells what is known here; only then does the connection begin. A copy that comes too late for
// that is merged like what comes from a line that was away (rescue.ts). Nothing is written by opening.
// BroadcastChannel stays off: it would pass edits between tabs around the server.
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import * as decoding from 'lib0/decoding'
import type { Awareness } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { socketAddress } from '../address'
import { BARRIER, decodeBarrier, encodeBarrier } from './barrier'
import { batchAwareness } from './batch'
import { type DeviceCopy, openDeviceCopy } from './device'
import { keepLeftovers } from './keeper'
import {
  atRisk,
  emptyLedger,
  type Ledger,
  type LedgerEvent,
  record,
  type SaveState,
  saveState,
  unsaved,
} from './ledger'
import { clocksOf, isStateAhead } from './lost'
import { type Loss, makeRescue } from './rescue'
import { CONTENT, META } from './roots'

const SYNC = 0
const SYNC_STEP_1 = 0
const AUTH = 2
/** An edit waits this long for company before a barrier follows it. */
const BARRIER_DELAY = 150
/** How often an idle connection measures its latency. */
const PROBE_INTERVAL = 15_000
const LONGEST_BACKOFF = 5000
/** Silence for this long after a question means that the socket is dead. */
const SILENCE = 6000

/** Why the server ended this page's access for good. */
export interface Ending {
  code: number
  reason: string
  /** The server's content was here before: this page had the document open. */
  opened: boolean
  /** Something written here never reached the server's disk. */
  unsaved: boolean
}

export interface Session {
  name: string
  doc: Y.Doc
  awareness: Awareness
  state: ReadonlySignal<SaveState>
  online: ReadonlySignal<boolean>
  /** The line was lost, and no connection since then has brought server and page together. */
  away: ReadonlySignal<boolean>
  /** The server takes no writing: the document is read-only. */
  denied: ReadonlySignal<boolean>
  /** There is something to show: the server's content, or this device's copy. */
  ready: ReadonlySignal<boolean>
  latency: ReadonlySignal<number | null>
  /** The close code of the last lost connection, until the next one opens. */
  trouble: ReadonlySignal<number | null>
  ending: ReadonlySignal<Ending | null>
  /** Own words that a merge took away, until they were dealt with. */
  loss: Signal<Loss | null>
  /** Up to this clock everybody who is connected knows what was written here. */
  readonly settled: number
  /** When the server last said that everything written here is on its disk; by `performance.now()`. */
  stored: ReadonlySignal<number | null>
  /** Something was typed here that is not in the shared document yet. */
  holding: Signal<boolean>
  reconnect(): void
  /** Forgets what this device keeps of the document: whatever the server does not have is gone then. */
  forget(): Promise<void>
  /** Called before each message that may change the document is applied. */
  beforeRemote: Set<() => void>
  /** Called before the page is hidden or left: what waits in the page becomes part of the document. */
  beforeLeaving: Set<() => void>
}

export { CONTENT, META }
export const COMMENTS = 'comments'

/** Whether anybody ever wrote in it. */
export const isWritten = (doc: Y.Doc): boolean => Y.encodeStateVector(doc).length > 1

export function openSession(name: string): Session {
  const doc = new Y.Doc()
  // Name the root types before anything arrives, so that they have their right classes.
  doc.getXmlFragment(CONTENT)
  doc.getMap(META)
  doc.getMap(COMMENTS)

  const ledger = signal<Ledger>(emptyLedger)
  const ready = signal(false)
  const latency = signal<number | null>(null)
  const trouble = signal<number | null>(null)
  const ending = signal<Ending | null>(null)
  const stored = signal<number | null>(null)
  const holding = signal(false)
  const note = (event: LedgerEvent) => {
    ledger.value = record(ledger.peek(), event)
    // Why the line was lost counts until a connection has settled, not until one is tried.
    if (!ledger.peek().lost) trouble.value = null
  }

  const { url, room } = socketAddress(location, name)
  const provider = new WebsocketProvider(url, room, doc, {
    connect: false,
    disableBc: true,
    maxBackoffTime: LONGEST_BACKOFF,
  })
  batchAwareness(provider)

  const beforeRemote = new Set<() => void>()
  const beforeLeaving = new Set<() => void>()
  const prepareToLeave = () => {
    for (const call of beforeLeaving) call()
  }
  let token = 0
  let deviceCopy: DeviceCopy | null = null
  let loaded = false
  const departures = new Map<number, number>()
  /** How far one's own words went when a barrier left behind them. */
  const written = new Map<number, number>()

  // A line that is dead says nothing: a barrier that nothing at all follows is the first sign of it,
  // long before the provider gives up. A server whose disk is slow still speaks of other things.
  const expectAnswer = (socket: WebSocket) => {
    const asked = Date.now()
    setTimeout(() => {
      if (provider.ws !== socket || provider.wsLastMessageReceived >= asked) return
      // Closing alone would wait for the other side's answer, which does not come either.
      provider.disconnect()
      provider.connect()
    }, SILENCE)
  }

  const ask = (purpose: 'edits' | 'opening' | 'latency'): boolean => {
    const socket = provider.ws
    if (!provider.wsconnected || socket === null || socket.readyState !== WebSocket.OPEN) return false
    // What is held back has not left: its barrier follows the release.
    if (purpose === 'edits' && rescue.held) return false
    token += 1
    departures.set(token, performance.now())
    if (!rescue.held) written.set(token, Y.getState(doc.store, doc.clientID))
    socket.send(encodeBarrier(token))
    if (purpose !== 'latency') note({ kind: 'asked', token, for: purpose })
    expectAnswer(socket)
    return true
  }

  provider.messageHandlers[BARRIER] = (_encoder, decoder) => {
    const answered = decodeBarrier(decoder)
    const left = departures.get(answered)
    if (left !== undefined) latency.value = Math.round(performance.now() - left)
    for (const known of departures.keys()) if (known <= answered) departures.delete(known)
    const clock = written.get(answered)
    if (clock !== undefined) rescue.confirmed(clock)
    for (const known of written.keys()) if (known <= answered) written.delete(known)
    note({ kind: 'answered', token: answered })
    if (!unsaved(ledger.peek())) stored.value = performance.now()
  }

  // A stock client only warns in its console.
  provider.messageHandlers[AUTH] = () => note({ kind: 'denied' })

  // The provider's handler answers the server's state vector with everything the server lacks. The
  // answer leaves when the handler has returned; a barrier right behind it proves it stored.
  const handleSync = provider.messageHandlers[SYNC]
  const rescue = makeRescue(name, provider, (encoder, decoder, of, emitSynced, type) => {
    for (const call of beforeRemote) call()
    const asksForOurs = decoding.peekVarUint(decoder) === SYNC_STEP_1
    handleSync?.(encoder, decoder, of, emitSynced, type)
    if (asksForOurs) queueMicrotask(() => ask('opening'))
  })
  provider.messageHandlers[SYNC] = rescue.handle

  // One question to the device's storage at a time; it asks again while there is something to ask.
  let keeping = false
  const keep = () => {
    if (keeping || deviceCopy === null) return
    keeping = true
    const { edits } = ledger.peek()
    // The copy writes in its own listener, which may run after this one: ask when both have run.
    void Promise.resolve(deviceCopy)
      .then((copy) => copy.written())
      .then(
        () => {
          keeping = false
          note({ kind: 'kept', edits })
          if (ledger.peek().edits > edits) keep()
        },
        () => {
          keeping = false
          note({ kind: 'keeps', keeps: false })
        },
      )
  }

  let scheduled = false
  doc.on('update', (_update: Uint8Array, origin: unknown) => {
    // What the device's copy brings is covered by the opening barrier, not an edit of this visit.
    if (origin === provider || !loaded) return
    note({ kind: 'edited' })
    keep()
    if (scheduled) return
    scheduled = true
    setTimeout(() => {
      scheduled = false
      if (ledger.peek().dirty) ask('edits')
    }, BARRIER_DELAY)
  })

  provider.on('status', ({ status }) => {
    if (status === 'connected') {
      departures.clear()
      written.clear()
      rescue.connected()
      note({ kind: 'connected' })
    } else if (status === 'connecting') note({ kind: 'connecting' })
  })
  // Unlike `status`, this also tells of connections that never opened.
  provider.on('connection-close', (event) => {
    latency.value = null
    rescue.disconnected()
    trouble.value = event?.code ?? null
    note({ kind: 'disconnected' })
  })
  provider.on('sync', (synced: boolean) => {
    if (!synced) return
    note({ kind: 'received' })
    ready.value = true
  })
  provider.on('closed', ({ code, reason }) => {
    // Never settled means never compared: the device's copy may hold what the server lacks.
    const { opened } = ledger.peek()
    const lost = unsaved(ledger.peek()) || (!opened && isWritten(doc))
    note({ kind: 'ended' })
    ending.value = { code, reason, opened, unsaved: lost }
    // A copy that holds nothing of its own must not bring a deleted document back one day.
    if (!lost) void deviceCopy?.forget()
  })

  const reconnect = () => {
    if (ending.peek() !== null || provider.wsconnected) return
    provider.connect()
  }
  addEventListener('online', reconnect)
  addEventListener('offline', () => ask('latency'))
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return prepareToLeave()
    reconnect()
    ask('latency')
  })
  setInterval(() => {
    if (document.visibilityState === 'visible' && provider.synced) ask('latency')
  }, PROBE_INTERVAL)
  addEventListener('pagehide', prepareToLeave)
  addEventListener('beforeunload', (event) => {
    prepareToLeave()
    if (atRisk(ledger.peek())) event.preventDefault()
  })

  const changed = (whole: boolean) => {
    note({ kind: 'keeps', keeps: whole })
    if (whole) keep()
  }
  const late = async (copy: DeviceCopy, held: Uint8Array<ArrayBuffer>) => {
    const merge = () => {
      for (const call of beforeRemote) call()
      Y.applyUpdate(doc, held)
    }
    if (isStateAhead(held, clocksOf(doc))) {
      await rescue.late(held, merge)
      ready.value = true
      const end = ending.peek()
      if (end !== null) ending.value = { ...end, unsaved: true }
    } else if (ending.peek() !== null) return void copy.forget()
    else merge()
    deviceCopy = copy
    changed(true)
  }
  void openDeviceCopy(name, doc, { changed, late }).then((copy) => {
    deviceCopy = copy
    loaded = true
    note({ kind: 'keeps', keeps: copy !== null })
    if (isWritten(doc)) ready.value = true
    provider.connect()
    void keepLeftovers(name)
  })

  return {
    name,
    doc,
    awareness: provider.awareness,
    state: computed(() => {
      const state = saveState(ledger.value)
      return holding.value && state === 'saved' ? 'saving' : state
    }),
    online: computed(() => ledger.value.link === 'online'),
    away: computed(() => ledger.value.lost),
    denied: computed(() => ledger.value.denied),
    ready,
    latency,
    trouble,
    ending,
    loss: rescue.loss,
    stored,
    holding,
    get settled() {
      return rescue.settled
    },
    reconnect,
    forget: async () => deviceCopy?.forget(),
    beforeRemote,
    beforeLeaving,
  }
}
