// Keeps what was written offline from being lost in the merge.
//
// From the moment a connection opens until the server's content is here, the merge is held back: that
// is when both sides may have something that the other has not. It is rehearsed on a copy first. One's
// own version goes to the server as a branch before the merge if words would be lost, or if the line
// was away for long: a blink that loses nothing is no event. Then the merge goes on, and whoever lost
// words is told, those included that they wrote meanwhile. It waits for the branch a few seconds at
// most; after that the device has it, and goes on trying.
//
// A line that is only slow, or dead and not known to be, brings others' edits beside words that they
// never saw, and the server may have taken those words through a connection that was given up. So what
// counts as one's own is what no barrier has confirmed, whatever the server says it has; and each update
// that comes is asked whether it took away words that its writer had not seen.
//
// The server's content is waited for as long as it takes. No merge is made without its rehearsal: what is
// written meanwhile is not on the server, and nothing says that it is.
import { type Signal, signal } from '@preact/signals'
import * as decoding from 'lib0/decoding'
import type { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { message } from '../i18n/message'
import { clock } from '../i18n/when'
import { identity } from '../people/identity'
import { type Hold, makeHold } from './hold'
import { keep } from './keeper'
import { clocksOf, isAhead, isStateAhead, type Known, type Passage, rehearse, type Verdict } from './lost'
import { type Asked, stands, takenUnseen } from './unseen'

/** Somebody whose words are this page's to ask about, by their clocks. */
interface Author {
  /** From here on it brought them, */
  from: number
  /** and up to here. */
  until: number
  /** Up to here a barrier has confirmed them. */
  confirmed: number
}

const STEP_1 = 0
const STEP_2 = 1
/** A merge waits this long for the branch to be stored. */
const PATIENCE = 4000
/** What is on the server may for so long meet edits of others who have not seen it. */
const FLIGHT = 2000
/** The editor has so long to write again what it finds the place of. */
const GRACE = 400
/** After so long without the line a branch is kept even where no words are lost. */
const LONG = 30_000

type Handler = WebsocketProvider['messageHandlers'][number]

/** What a merge took away. */
export interface Loss {
  passages: Passage[]
  /** The version that holds them, once the server has it. */
  branch: string | null
}

export interface Rescue {
  /** Whether the merge is being held back: nothing that is written now leaves. */
  readonly held: boolean
  loss: Signal<Loss | null>
  connected(): void
  disconnected(): void
  /** Everything written here up to this clock is on the server, and this page was together with it since. */
  confirmed(clock: number): void
  /** Up to this clock everybody who is connected knows what was written here. */
  readonly settled: number
  /** Takes every message of the sync protocol, in the place of `handle`. */
  handle: Handler
  /**
   * Merges what this device kept and gave only after the document had been opened without it: that was
   * written offline, too. `merge` does it, and is called once its own version is safe.
   */
  late(state: Uint8Array<ArrayBuffer>, merge: () => void): Promise<void>
}

/** An update that a message of the sync protocol carries; null for a question. */
function updateIn(body: Uint8Array): { kind: number; update: Uint8Array } | null {
  const decoder = decoding.createDecoder(body)
  const kind = decoding.readVarUint(decoder)
  return kind === STEP_1 ? null : { kind, update: decoding.readVarUint8Array(decoder) }
}

/** Comes true when a promise does, or when patience ends. */
const patiently = (promise: Promise<unknown>, patience = PATIENCE): Promise<unknown> =>
  Promise.race([promise, new Promise((resolve) => setTimeout(resolve, patience))])

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

const stateOf = (doc: Y.Doc): Uint8Array<ArrayBuffer> => Y.encodeStateAsUpdate(doc) as Uint8Array<ArrayBuffer>

/** What the server says that it has. */
function vectorIn(body: Uint8Array): Known {
  const decoder = decoding.createDecoder(body)
  decoding.readVarUint(decoder)
  return Y.decodeStateVector(decoding.readVarUint8Array(decoder))
}

export function makeRescue(name: string, provider: WebsocketProvider, handle: Handler): Rescue {
  const { doc } = provider
  const loss = signal<Loss | null>(null)
  const watched: Handler = (encoder, decoder, of, emitSynced, type) => {
    applying = updateIn(decoder.arr.subarray(decoder.pos))?.update ?? null
    try {
      handle(encoder, decoder, of, emitSynced, type)
    } finally {
      applying = null
    }
  }
  const hold: Hold = makeHold(provider, watched)
  /** Since when the two sides have not been together; a page begins with what an earlier one left. */
  let apartSince = 0
  /** What the server had when the connection began; null until it has said so. */
  let known: Known | null = null
  /** What came of the document while it was held back. */
  let updates: Uint8Array[] = []
  /** The server's content is among it. */
  let complete = false
  let deciding = false
  /** Counts connections, so that what is late does not meddle with the next one. */
  let connection = 0
  /** This page, and earlier visits whose words this browser kept and nobody else had: they cannot ask any more. */
  const authors = new Map<number, Author>()
  /** What was confirmed of this page a while ago: what is confirmed now may still meet an edit of somebody who has not seen it. */
  let settled = 0
  /** The update that is being applied, when it comes from the server outside of a hold. */
  let applying: Uint8Array | null = null
  /** What is applied is a merge that was rehearsed for what goes beyond this. */
  let rehearsed: Known | null = null
  /** Counts what is written here. */
  let writes = 0
  doc.on('update', () => {
    writes += 1
  })

  /** The version that was kept last: a line that breaks while it is waited for makes no second one. */
  let kept: { state: Uint8Array<ArrayBuffer>; stored: Promise<string | null> } | null = null
  const keepVersion = (state: Uint8Array<ArrayBuffer>): Promise<string | null> => {
    if (kept !== null && sameBytes(kept.state, state)) return kept.stored
    const author = identity.peek().name
    const called = message('rescue.branch', { name: author, time: clock(Date.now()) })
    const stored = keep({ document: name, state, name: called, author })
    kept = { state, stored }
    return stored
  }

  const add = (lost: Passage[]) => {
    const told = loss.peek()
    if (lost.length > 0)
      loss.value = { passages: [...(told?.passages ?? []), ...lost], branch: told?.branch ?? null }
  }
  const tell = ({ lost }: Verdict, stored: Promise<string | null>) => {
    add(lost)
    void stored.then((branch) => {
      const told = loss.peek()
      // It belongs to these words: they may have been dealt with meanwhile.
      const isTold = told?.passages.some((passage) => lost.includes(passage)) ?? false
      if (branch !== null && told !== null && isTold) loss.value = { ...told, branch }
    })
  }

  const author = (client: number): Author => {
    const known = authors.get(client) ?? { from: 0, confirmed: 0, until: Number.POSITIVE_INFINITY }
    authors.set(client, known)
    return known
  }
  /** What the document has and the others have not was written by earlier visits, where not by this one. */
  const bring = (had: Known) => {
    for (const [client, until] of clocksOf(doc)) {
      const from = had.get(client) ?? 0
      if (until > from && client !== doc.clientID && !authors.has(client))
        authors.set(client, { from, confirmed: from, until })
    }
  }

  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    if (applying === null || transaction.origin !== provider) return
    author(doc.clientID)
    const asked = [...authors].map(([client, { from, confirmed, until }]): [number, Asked] => {
      const end = rehearsed === null ? until : Math.min(until, rehearsed.get(client) ?? 0)
      return [client, { from, fresh: confirmed, end }]
    })
    const taken = takenUnseen(transaction, applying, new Map(asked))
    if (taken.length === 0) return
    setTimeout(() => add(taken.filter((passage) => !stands(doc, passage))), GRACE)
  })

  const forget = () => {
    known = null
    updates = []
    complete = false
    deciding = false
  }

  const release = (had: Known) => {
    apartSince = Number.POSITIVE_INFINITY
    rehearsed = had
    bring(had)
    try {
      hold.release()
    } finally {
      rehearsed = null
      forget()
      kept = null
    }
  }

  const decide = async () => {
    if (known === null || !complete || deciding) return
    const had = new Map(known)
    author(doc.clientID)
    for (const [client, { confirmed }] of authors) had.set(client, Math.min(confirmed, had.get(client) ?? 0))
    if (!isAhead(doc, had)) return release(had)
    deciding = true
    const of = connection
    const long = Date.now() - apartSince > LONG
    const until = Date.now() + PATIENCE
    let stored: Promise<string | null> | null = null
    let told = ''
    for (;;) {
      const state = stateOf(doc)
      const [seen, written] = [updates.length, writes]
      const verdict = rehearse(state, had, updates)
      const lost = JSON.stringify(verdict.lost)
      if (stored === null && !(verdict.news && (long || verdict.lost.length > 0))) return release(had)
      if (stored === null || lost !== told) {
        stored = keepVersion(state)
        told = lost
        const patience = until - Date.now()
        if (patience > 0) {
          await patiently(stored, patience)
          if (of !== connection) return
          // What came and what was written while it was waited for is merged, too: it is asked about again.
          if (updates.length !== seen || writes !== written) continue
        }
      }
      tell(verdict, stored)
      return release(had)
    }
  }

  return {
    get held() {
      return hold.held
    },
    loss,
    connected() {
      connection += 1
      forget()
      hold.begin()
    },
    disconnected() {
      connection += 1
      if (apartSince === Number.POSITIVE_INFINITY) apartSince = Date.now()
      hold.drop()
      forget()
    },
    confirmed(clock) {
      const mine = author(doc.clientID)
      mine.confirmed = Math.max(mine.confirmed, clock)
      for (const other of authors.values()) if (other !== mine) other.confirmed = other.until
      setTimeout(() => (settled = Math.max(settled, clock)), FLIGHT)
    },
    get settled() {
      return settled
    },
    handle(encoder, decoder, of, emitSynced, type) {
      if (!hold.held) return watched(encoder, decoder, of, emitSynced, type)
      const body = decoder.arr.subarray(decoder.pos)
      const carried = updateIn(body)
      hold.push(decoder)
      if (carried === null) known ??= vectorIn(body)
      else updates.push(carried.update)
      complete ||= carried?.kind === STEP_2
      void decide()
    },
    async late(state, merge) {
      const judge = (): Verdict => rehearse(state, clocksOf(doc), [stateOf(doc)])
      const verdict = judge()
      if (verdict.news && isStateAhead(state, clocksOf(doc))) {
        const stored = keepVersion(state)
        await patiently(stored)
        tell(judge(), stored)
      }
      const had = clocksOf(doc)
      merge()
      // Without the line nobody knows yet what the others have: the merge with them will tell.
      if (apartSince === Number.POSITIVE_INFINITY) bring(had)
    },
  }
}
