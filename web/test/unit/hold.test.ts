// A merge that is held back: nothing overtakes, nothing is lost, and nothing leaves before its time.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as sync from 'y-protocols/sync'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { makeRescue, type Rescue } from '../../src/sync/rescue'

const keep = vi.hoisted(() => vi.fn<() => Promise<string | null>>())
vi.mock('../../src/sync/keeper', () => ({ keep }))

/** The line, held at the other end by the test. */
class Line extends EventTarget {
  static last: Line
  readonly OPEN = 1
  readyState = 1
  binaryType = ''
  onopen: (() => void) | null = null
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null
  onclose: ((event: unknown) => void) | null = null
  onerror: (() => void) | null = null
  sent: Uint8Array[] = []

  constructor() {
    super()
    Line.last = this
  }

  send(data: Uint8Array) {
    this.sent.push(data)
  }

  close() {
    this.onclose?.({ code: 1006 })
  }
}

const frame = (write: (encoder: encoding.Encoder) => void): ArrayBuffer => {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, 0)
  write(encoder)
  return encoding.toUint8Array(encoder).slice().buffer
}

/** The kinds of what was sent of the sync protocol, and what the updates among it hold together. */
function heard(sent: Uint8Array[]): { kinds: number[]; doc: Y.Doc } {
  const doc = new Y.Doc()
  const kinds: number[] = []
  for (const data of sent) {
    const decoder = decoding.createDecoder(data)
    if (decoding.readVarUint(decoder) !== 0) continue
    const kind = decoding.readVarUint(decoder)
    kinds.push(kind)
    if (kind !== 0) Y.applyUpdate(doc, decoding.readVarUint8Array(decoder))
  }
  return { kinds, doc }
}

const lineOf = (doc: Y.Doc, place: number) =>
  (doc.getXmlFragment('content').get(place) as Y.XmlElement).get(0) as Y.XmlText

function writes(doc: Y.Doc, words: string): void {
  const line = new Y.XmlElement('paragraph')
  const text = new Y.XmlText()
  text.insert(0, words)
  line.insert(0, [text])
  doc.getXmlFragment('content').push([line])
}

let server: Y.Doc
let page: Y.Doc
let provider: WebsocketProvider
let rescue: Rescue

const says = (write: (encoder: encoding.Encoder) => void) => Line.last.onmessage?.({ data: frame(write) })
const asks = () => says((encoder) => sync.writeSyncStep1(encoder, server))
const answers = () => says((encoder) => sync.writeSyncStep2(encoder, server, Y.encodeStateVector(page)))

/** The line comes back. */
function connects(): void {
  Line.last.sent = []
  rescue.connected()
  Line.last.onopen?.()
}

beforeEach(() => {
  vi.useFakeTimers()
  keep.mockReset()
  server = new Y.Doc()
  writes(server, 'shared line')
  page = new Y.Doc()
  Y.applyUpdate(page, Y.encodeStateAsUpdate(server))
  provider = new WebsocketProvider('ws://nowhere', 'document', page, {
    WebSocketPolyfill: Line as unknown as typeof WebSocket,
    disableBc: true,
  })
  const handle = provider.messageHandlers[0]
  if (handle === undefined) throw new Error('The provider does not speak the sync protocol.')
  rescue = makeRescue('document', provider, handle)
  provider.messageHandlers[0] = rescue.handle
})

afterEach(() => {
  provider.destroy()
  vi.useRealTimers()
})

it('does not keep what holds nothing of its own', () => {
  connects()
  asks()
  writes(server, 'news')
  answers()
  expect(rescue.held).toBe(false)
  expect(lineOf(page, 1).toString()).toBe('news')
  expect(keep).not.toHaveBeenCalled()
})

// A server that took more than four seconds for its content got the page's words unrehearsed: what it
// said then took them away, and nobody was told.
it('waits for the content of a slow server, and rehearses it then', async () => {
  keep.mockResolvedValue('b1')
  lineOf(page, 0).insert(11, ' of mine')
  server.getXmlFragment('content').delete(0, 1)
  connects()
  asks()
  await vi.advanceTimersByTimeAsync(300_000)
  expect(rescue.held).toBe(true)
  expect(heard(Line.last.sent).kinds).toEqual([0])
  answers()
  await vi.advanceTimersByTimeAsync(0)
  expect(rescue.held).toBe(false)
  expect(rescue.loss.value?.passages.map(({ words }) => words)).toEqual([' of mine'])
})

// What was written into a line between the server's two messages left at once, and went with the line.
it('counts what is written while the content is waited for as written offline', async () => {
  keep.mockResolvedValue('b1')
  server.getXmlFragment('content').delete(0, 1)
  connects()
  lineOf(page, 0).insert(11, ' before it asked')
  asks()
  lineOf(page, 0).insert(27, ', and after')
  expect(heard(Line.last.sent).kinds).toEqual([0])
  answers()
  await vi.advanceTimersByTimeAsync(0)
  expect(rescue.held).toBe(false)
  expect(rescue.loss.value?.passages.map(({ words }) => words)).toEqual([' before it asked, and after'])
})

// Words that were written while the version was on its way were lost without a word, and no version had
// them.
it('tells also of words that were written while the version was on its way, and keeps them', async () => {
  let stored: (id: string) => void = () => {}
  keep.mockReturnValueOnce(
    new Promise((resolve) => {
      stored = resolve
    }),
  )
  keep.mockResolvedValueOnce('b2')
  lineOf(page, 0).insert(11, ' of mine')
  server.getXmlFragment('content').delete(0, 1)
  connects()
  asks()
  answers()
  lineOf(page, 0).insert(19, ' and later')
  stored('b1')
  await vi.advanceTimersByTimeAsync(0)
  expect(rescue.loss.value).toMatchObject({ passages: [{ words: ' of mine and later' }], branch: 'b2' })
  expect(keep).toHaveBeenCalledTimes(2)
})

it('keeps one version, however often the server gives its content or the line breaks', async () => {
  keep.mockReturnValue(new Promise(() => {}))
  lineOf(page, 0).insert(11, ' of mine')
  server.getXmlFragment('content').delete(0, 1)
  connects()
  asks()
  answers()
  answers()
  rescue.disconnected()
  connects()
  asks()
  answers()
  await vi.advanceTimersByTimeAsync(0)
  expect(keep).toHaveBeenCalledTimes(1)
})

// The browser's storage that took more than two seconds counted as empty; what it held was merged later,
// and words that the merge took away were not told.
describe('what this device gives too late', () => {
  /** What an earlier visit left. */
  const former = (work: (doc: Y.Doc) => void) => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(server))
    work(doc)
    return Y.encodeStateAsUpdate(doc) as Uint8Array<ArrayBuffer>
  }

  it('is kept, told and merged', async () => {
    keep.mockResolvedValue('b1')
    const state = former((doc) => {
      lineOf(doc, 0).insert(11, ' of mine')
      writes(doc, 'another line')
    })
    server.getXmlFragment('content').delete(0, 1)
    connects()
    asks()
    answers()
    const late = rescue.late(state, () => Y.applyUpdate(page, state))
    expect(page.getXmlFragment('content').length).toBe(0)
    await vi.advanceTimersByTimeAsync(0)
    await late
    expect(page.getXmlFragment('content').toString()).toBe('<paragraph>another line</paragraph>')
    expect(rescue.loss.value).toMatchObject({ passages: [{ words: ' of mine' }], branch: 'b1' })
    expect(heard(Line.last.sent).kinds).toEqual([0, 1, 2])
  })

  it('is merged at once where it holds nothing of its own, or nothing is here yet', async () => {
    const state = former(() => {})
    writes(page, 'more')
    await rescue.late(state, () => Y.applyUpdate(page, state))
    expect(keep).not.toHaveBeenCalled()
    expect(rescue.loss.value).toBe(null)
  })
})

// What an earlier visit left unsent in this browser belongs to another client. Words of it that somebody took
// away who could not have seen them were told to nobody.
describe('what an earlier visit left unsent', () => {
  /** The page has it from its own device, and meets the server with it. */
  const meets = (work: (doc: Y.Doc) => void) => {
    const former = new Y.Doc()
    Y.applyUpdate(former, Y.encodeStateAsUpdate(server))
    work(former)
    Y.applyUpdate(page, Y.encodeStateAsUpdate(former))
    connects()
    asks()
    answers()
    expect(rescue.held).toBe(false)
  }
  /** Somebody who has not seen what the page brought does something. */
  const happens = async (work: (doc: Y.Doc) => void) => {
    const before = Y.encodeStateVector(server)
    server.transact(() => work(server))
    says((encoder) => sync.writeUpdate(encoder, Y.encodeStateAsUpdate(server, before)))
    await vi.advanceTimersByTimeAsync(1000)
  }
  const lost = () => rescue.loss.value?.passages.map(({ words }) => words) ?? []
  const takesTheLine = (doc: Y.Doc) => doc.getXmlFragment('content').delete(0, 1)

  it('is asked about like what was written in this one', async () => {
    meets((doc) => lineOf(doc, 0).insert(11, ' of mine'))
    await happens(takesTheLine)
    expect(lost()).toEqual([' of mine'])
  })

  it("is its writer's no more once everybody can know it and somebody deletes it", async () => {
    meets((doc) => lineOf(doc, 0).insert(11, ' of mine'))
    rescue.confirmed(0)
    Y.applyUpdate(server, Y.encodeStateAsUpdate(page))
    await happens(takesTheLine)
    expect(lost()).toEqual([])
  })

  it('is rehearsed again where the line broke before it was confirmed', async () => {
    keep.mockResolvedValue('b1')
    meets((doc) => lineOf(doc, 0).insert(11, ' of mine'))
    Y.applyUpdate(server, Y.encodeStateAsUpdate(page))
    rescue.disconnected()
    takesTheLine(server)
    connects()
    asks()
    answers()
    await vi.advanceTimersByTimeAsync(0)
    expect(rescue.held).toBe(false)
    expect(lost()).toEqual([' of mine'])
  })

  it('are not the words of others that came with it', async () => {
    meets((doc) => writes(doc, 'mine'))
    await happens(takesTheLine)
    expect(lost()).toEqual([])
  })
})

it('goes on at once when nothing new came', () => {
  writes(page, 'mine')
  connects()
  asks()
  expect(rescue.held).toBe(true)
  answers()
  expect(rescue.held).toBe(false)
  expect(keep).not.toHaveBeenCalled()
  // The question of the provider, and the answer.
  expect(heard(Line.last.sent).kinds).toEqual([0, 1])
})

it('keeps the branch first, in order, with all that was typed meanwhile', async () => {
  let stored: (id: string) => void = () => {}
  keep.mockReturnValue(
    new Promise((resolve) => {
      stored = resolve
    }),
  )
  lineOf(page, 0).insert(11, ' of mine')
  server.getXmlFragment('content').delete(0, 1)
  connects()
  asks()
  answers()
  says((encoder) => {
    const before = Y.encodeStateVector(server)
    writes(server, 'and later')
    sync.writeUpdate(encoder, Y.encodeStateAsUpdate(server, before))
  })
  expect(rescue.held).toBe(true)
  expect(page.getXmlFragment('content').toString()).toBe('<paragraph>shared line of mine</paragraph>')
  writes(page, 'typed meanwhile')
  expect(heard(Line.last.sent).kinds).toEqual([0])

  stored('b17')
  await vi.advanceTimersByTimeAsync(0)
  expect(rescue.held).toBe(false)
  expect(page.getXmlFragment('content').toString()).toContain('and later')
  expect(page.getXmlFragment('content').toString()).not.toContain('shared line')
  const { kinds, doc } = heard(Line.last.sent)
  expect(kinds).toEqual([0, 1])
  Y.applyUpdate(server, Y.encodeStateAsUpdate(doc))
  expect(server.getXmlFragment('content').toString()).toContain('typed meanwhile')
  expect(rescue.loss.value?.passages.map(({ words }) => words)).toEqual([' of mine'])
  await vi.advanceTimersByTimeAsync(0)
  expect(rescue.loss.value?.branch).toBe('b17')
  // What is written from here on leaves as ever.
  writes(page, 'afterwards')
  expect(heard(Line.last.sent).kinds).toEqual([0, 1, 2])
})

it('waits no longer than its patience', async () => {
  keep.mockReturnValue(new Promise(() => {}))
  lineOf(page, 0).insert(11, ' of mine')
  server.getXmlFragment('content').delete(0, 1)
  connects()
  asks()
  answers()
  await vi.advanceTimersByTimeAsync(3900)
  expect(rescue.held).toBe(true)
  await vi.advanceTimersByTimeAsync(200)
  expect(rescue.held).toBe(false)
  expect(rescue.loss.value?.passages.length).toBe(1)
  expect(rescue.loss.value?.branch).toBe(null)
})

// The wait ended with what had been rehearsed before it: what came or was written in those seconds was merged
// unrehearsed, and nobody was told of the words that went. A timer is always a little late.
it('tells of what went while it waited in vain', async () => {
  keep.mockReturnValue(new Promise(() => {}))
  lineOf(page, 0).insert(11, ' of mine')
  server.getXmlFragment('content').delete(0, 1)
  connects()
  asks()
  answers()
  await vi.advanceTimersByTimeAsync(3900)
  lineOf(page, 0).insert(19, ' and later')
  vi.setSystemTime(Date.now() + 500)
  await vi.advanceTimersByTimeAsync(200)
  expect(rescue.held).toBe(false)
  expect(rescue.loss.value?.passages.map(({ words }) => words)).toEqual([' of mine and later'])
  // The device has them in a version, too.
  expect(keep).toHaveBeenCalledTimes(2)
})

it('forgets what waited when the line breaks, and begins again with the next', async () => {
  let stored: (id: string) => void = () => {}
  keep.mockReturnValue(
    new Promise((resolve) => {
      stored = resolve
    }),
  )
  lineOf(page, 0).insert(11, ' of mine')
  server.getXmlFragment('content').delete(0, 1)
  connects()
  asks()
  answers()
  rescue.disconnected()
  expect(rescue.held).toBe(false)
  stored('b1')
  await vi.advanceTimersByTimeAsync(0)
  expect(rescue.loss.value).toBe(null)
  expect(page.getXmlFragment('content').toString()).toContain('shared line of mine')

  connects()
  asks()
  answers()
  await vi.advanceTimersByTimeAsync(0)
  expect(page.getXmlFragment('content').length).toBe(0)
  expect(rescue.loss.value?.branch).toBe('b1')
})
