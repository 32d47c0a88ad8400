// Own words that somebody took away without having seen them.
//
// Whoever deletes what they see names it in the update; what only went along with its line is named by
// nobody. A server may name it, though, for it tells what an update did to the document and not what it
// was. So of a line that goes as a whole what nobody has confirmed yet counts, too, and so does what the
// same update leaves out where it brings a new line with the other words, be it the newest of one's own or
// one stretch: whoever saw them would have brought them along. What is deleted in a line that stays, or not
// brought again, is somebody's will.
import * as Y from 'yjs'
import { sameEnd, sameStart } from '../agreement'
import { clocksOf, type Known, type Line, type Passage, passagesOf, readLine, readLines } from './lost'
import { CONTENT } from './roots'

/** So many letters before words say where they were. */
const CONTEXT = 20
/** With fewer letters nothing says that a line is the same. */
const SAME = 4
/** More lines at once are compared with no others. */
const MOST = 200

/** A client's items between two clocks. */
function itemsOf(doc: Y.Doc, client: number, from: number, to: number): Y.Item[] {
  const structs = doc.store.clients.get(client) ?? []
  if (structs.length === 0 || from >= to) return []
  const found: Y.Item[] = []
  for (let index = Y.findIndexSS(structs, from); index < structs.length; index += 1) {
    const struct = structs[index]
    if (struct === undefined || struct.id.clock >= to) break
    if (struct instanceof Y.Item) found.push(struct)
  }
  return found
}

/** The texts that came with a transaction, as far as they are compared. */
function newTexts({ doc, beforeState, afterState }: Y.Transaction): Set<Y.XmlText> {
  const texts = new Set<Y.XmlText>()
  const isNew = ({ client, clock }: Y.ID) => clock >= (beforeState.get(client) ?? 0)
  for (const [client, after] of afterState)
    for (const item of itemsOf(doc, client, beforeState.get(client) ?? 0, after)) {
      const text = item.parent
      if (item.deleted || !(text instanceof Y.XmlText) || text._item === null) continue
      if (isNew(text._item.id)) texts.add(text)
      if (texts.size === MOST) return texts
    }
  return texts
}

/** What stands in the lines that came with a transaction, where it is enough to tell a line by. */
const broughtBy = (transaction: Y.Transaction): string[] =>
  [...newTexts(transaction)]
    .map((text) => readLine([text], new Map()).text)
    .filter((text) => text.length >= SAME && text.trim().length >= SAME)

/** A client's letters of a line: their clocks and places, the newest first. */
type Letters = readonly { clock: number; at: number }[]

const lettersOf = ({ own }: Line, of: number): Letters =>
  own
    .filter(({ client }) => client === of)
    .flatMap(({ clock, at, length }) =>
      Array.from({ length }, (_, offset) => ({ clock: clock + offset, at: at + offset })),
    )
    .sort((a, b) => b.clock - a.clock)

/**
 * From which clock on one's own letters were not seen, where a line was brought that has all but the newest of
 * them: whoever brought it knew what was written before those.
 */
function unseenSince(line: string, letters: Letters, brought: readonly string[]): number {
  for (const one of brought) {
    const unseen = letters.slice(0, Math.max(0, line.length - one.length))
    const places = new Set(unseen.map(({ at }) => at))
    const oldest = unseen.at(-1)
    if (oldest === undefined || places.size !== line.length - one.length) continue
    const seen = Array.from({ length: line.length }, (_, at) => (places.has(at) ? '' : line[at]))
    if (seen.join('') === one) return oldest.clock
  }
  return Number.POSITIVE_INFINITY
}

/** Where a line has more than one that was brought in its place; null where it is not the same line. */
function missing(line: string, brought: string): [number, number] | null {
  if (brought.length >= line.length) return null
  const start = sameStart(line, brought)
  const end = Math.min(sameEnd(line, brought), brought.length - start)
  return start + end === brought.length ? [start, line.length - end] : null
}

/** Which of a client's words are asked about, by their clocks. */
export interface Asked {
  /** From here on they are one's own. */
  from: number
  /** From here on no barrier has confirmed them. */
  fresh: number
  /** From here on they are not asked about: a rehearsal did, or they are not one's own any more. */
  end: number
}

/**
 * The words that an update took from their writer, unseen. To be asked while the transaction that applied
 * it is not tidied up yet.
 */
export function takenUnseen(
  transaction: Y.Transaction,
  update: Uint8Array,
  asked: ReadonlyMap<number, Asked>,
): Passage[] {
  const { deleteSet, doc } = transaction
  const texts = new Set<Y.XmlText>()
  for (const [client, { from, end }] of asked)
    for (const { clock, len } of deleteSet.clients.get(client) ?? [])
      for (const item of itemsOf(doc, client, Math.max(clock, from), Math.min(clock + len, end)))
        if (item.parent instanceof Y.XmlText && item.parent._item?.deleted && texts.size < MOST)
          texts.add(item.parent)
  if (texts.size === 0) return []
  const { ds: named } = Y.decodeUpdate(update)
  const others: Known = new Map(
    [...clocksOf(doc)].map(([client, clock]) => [client, asked.get(client)?.from ?? clock]),
  )
  const wasGone = (item: Y.Item) => item.deleted && !Y.isDeleted(deleteSet, item.id)
  const brought = broughtBy(transaction)
  return [...texts].flatMap((text) => {
    const line: Line = readLine([text], others, wasGone)
    const isGone = (id: Y.ID) => id.clock < (asked.get(id.client)?.end ?? 0) && Y.isDeleted(deleteSet, id)
    // What was written at this visit is the newest; of earlier ones a barrier says what was seen.
    const letters = lettersOf(line, doc.clientID).filter(({ clock }) =>
      isGone(Y.createID(doc.clientID, clock)),
    )
    const since = unseenSince(line.text, letters, brought)
    const isFresh = ({ client, clock }: Y.ID) =>
      clock >= (asked.get(client)?.fresh ?? Number.POSITIVE_INFINITY) ||
      (client === doc.clientID && clock >= since)
    const unseen = passagesOf(
      line,
      ({ client, clock }, offset) => {
        const id = Y.createID(client, clock + offset)
        return isGone(id) && (isFresh(id) || !Y.isDeleted(named, id))
      },
      '',
    )
    if (unseen.length > 0 || brought.includes(line.text)) return unseen
    const place = brought.map((one) => missing(line.text, one)).find((one) => one !== null)
    if (place === undefined || place === null) return []
    const [from, to] = place
    return passagesOf(
      line,
      ({ client, clock, at }, offset) =>
        at + offset >= from && at + offset < to && isGone(Y.createID(client, clock + offset)),
      '',
    )
  })
}

/** Whether words stand where they stood: behind the same text, or where that is short, behind all of it. */
export function stands(doc: Y.Doc, { words, before }: Passage): boolean {
  const lines: Line[] = []
  readLines(doc.getXmlFragment(CONTENT), new Map(), lines)
  const wanted = before.slice(-CONTEXT) + words
  const isKnown = before.length >= CONTEXT
  return lines.some(({ text }) => (isKnown ? text.includes(wanted) : text.startsWith(wanted)))
}
