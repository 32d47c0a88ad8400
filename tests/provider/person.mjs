// Somebody with a Yjs document and the real y-websocket provider, nothing of ours between. What the
// provider is told is noted where it lets applications hear it: in its table of message handlers.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { until } from './until.mjs'
import { Wire } from './wire.mjs'

const SYNC = 0
const SYNC_UPDATE = 2
const BARRIER = 102

export class Person {
  /** When something was heard from the server, in ms. */
  heard = []
  /** Updates that the server relayed, own ones among them. */
  relayed = []
  /** Codes of the closes that the server or the line caused. */
  closes = []
  /** What the `closed` event said: the provider will not come back by itself. */
  closed = null
  #barriers = []

  static async arrive(server, document, { name, doc = new Y.Doc(), provider = {} }) {
    const person = new Person()
    person.name = name
    person.doc = doc
    person.wire = await Wire.to(server)
    person.#connect(document, provider)
    return person
  }

  #connect(document, options) {
    // Without `disableBc` two providers of one process would not need a server.
    const provider = new WebsocketProvider(this.wire.url, document, this.doc, {
      WebSocketPolyfill: WebSocket,
      disableBc: true,
      ...options,
    })
    this.provider = provider
    const handle = provider.messageHandlers
    handle.forEach((inner, kind) => {
      handle[kind] = (...args) => {
        this.heard.push(performance.now())
        if (kind === SYNC) this.#noteUpdate(args[1])
        inner(...args)
      }
    })
    handle[BARRIER] = (_encoder, decoder) => {
      const bytes = decoding.readVarUint8Array(decoder)
      this.#barriers.shift()?.(bytes)
    }
    provider.on('connection-close', (event) => {
      this.closes.push(event?.code ?? null)
      this.#barriers = []
    })
    provider.on('closed', (event) => {
      this.closed = event
    })
    provider.awareness.setLocalStateField('user', { name: this.name })
  }

  #noteUpdate(decoder) {
    const start = decoder.pos
    if (decoding.readVarUint(decoder) === SYNC_UPDATE) {
      this.relayed.push(decoding.readVarUint8Array(decoder))
    }
    decoder.pos = start
  }

  get text() {
    return this.doc.getText('text')
  }

  reads() {
    return this.text.toString()
  }

  writes(words, at = this.text.length) {
    this.text.insert(at, words)
  }

  async synced() {
    await until(`${this.name} is synced`, () => this.provider.synced)
    return this
  }

  /** Asks to be told when everything sent so far is saved; what comes back. */
  barrier(bytes) {
    const encoder = encoding.createEncoder()
    encoding.writeVarUint(encoder, BARRIER)
    encoding.writeVarUint8Array(encoder, bytes)
    this.provider.ws.send(encoding.toUint8Array(encoder))
    return new Promise((resolve) => this.#barriers.push(resolve))
  }

  async saved() {
    let back = false
    this.barrier(Uint8Array.of(1)).then(() => {
      back = true
    })
    await until(`what ${this.name} wrote is saved`, () => back)
  }

  /** Whether this person sees that one's name among those present. */
  sees(other) {
    const states = [...this.provider.awareness.getStates().values()]
    return states.some((state) => state.user?.name === other.name)
  }

  /** Whether both hold the same, as far as Yjs can tell: every change and every deletion. */
  agreesWith(other) {
    return Y.equalSnapshots(Y.snapshot(this.doc), Y.snapshot(other.doc))
  }

  async leaves() {
    this.provider.destroy()
    this.doc.destroy()
    await this.wire.end()
  }
}

/** Waits until everybody holds the same. */
export async function agreed(people, limit = 30_000) {
  const [first, ...others] = people
  const names = people.map((person) => person.name).join(', ')
  await until(`${names} agree`, () => others.every((other) => first.agreesWith(other)), limit)
}
