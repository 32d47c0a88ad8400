// Which of one's own words a merge takes away: decided on a copy, before the merge itself.
//
// Where somebody else replaced a line (made it a heading, or part of a list) or deleted it, the words
// that were written into it meanwhile go with the old line: nobody but their writer ever saw them. Own
// words are those of which the server had nothing; they are looked for by their ids, so words that
// their writer deleted are not missed, and words that look the same are not taken for them.
import * as Y from 'yjs'
import { ATOM } from '../atom'
import { CONTENT } from './roots'

/** Words that are gone, and what stood around them in their writer's own version. */
export interface Passage {
  words: string
  /** The rest of their line. */
  before: string
  after: string
  /** The nearest line above that had words. */
  previous: string
}

/** What a document has of each client: the clock that comes next. */
export type Known = Map<number, number>

export interface Verdict {
  /** What came holds anything that was not here. */
  news: boolean
  lost: Passage[]
}

export interface Piece {
  client: number
  clock: number
  /** Where in its line it begins. */
  at: number
  length: number
}

export interface Line {
  text: string
  own: Piece[]
}

/** Reads a line and where in it own words stand; `isGone` tells which items are no part of it. */
export function readLine(
  texts: (Y.XmlText | null)[],
  known: Known,
  isGone = (item: Y.Item) => item.deleted,
): Line {
  const line: Line = { text: '', own: [] }
  for (const text of texts) {
    if (text === null) {
      line.text += ATOM
      continue
    }
    for (let item = text._start; item !== null; item = item.right) {
      if (isGone(item) || !item.countable) continue
      if (!(item.content instanceof Y.ContentString)) {
        line.text += ATOM
        continue
      }
      const { client, clock } = item.id
      const skipped = Math.max(0, Math.min(item.length, (known.get(client) ?? 0) - clock))
      const length = item.length - skipped
      if (length > 0)
        line.own.push({ client, clock: clock + skipped, at: line.text.length + skipped, length })
      line.text += item.content.str
    }
  }
  return line
}

export function readLines(parent: Y.XmlFragment, known: Known, lines: Line[]): void {
  const children = parent.toArray()
  if (children.some((child) => child instanceof Y.XmlText)) {
    lines.push(
      readLine(
        children.map((child) => (child instanceof Y.XmlText ? child : null)),
        known,
      ),
    )
    return
  }
  for (const child of children) if (child instanceof Y.XmlFragment) readLines(child, known, lines)
}

/** The stretches of a line that are gone, with nothing but spaces between two of one. */
function stretches({ text, own }: Line, gone: (piece: Piece, offset: number) => boolean): [number, number][] {
  const found: [number, number][] = []
  for (const piece of own)
    for (let offset = 0; offset < piece.length; offset += 1) {
      if (!gone(piece, offset)) continue
      const at = piece.at + offset
      const last = found.at(-1)
      if (last !== undefined && text.slice(last[1], at).trim() === '') last[1] = at + 1
      else found.push([at, at + 1])
    }
  return found
}

/** What of a line is lost, where it has words. */
export const passagesOf = (
  line: Line,
  gone: (piece: Piece, offset: number) => boolean,
  previous: string,
): Passage[] =>
  stretches(line, gone)
    .map(([from, to]) => ({
      words: line.text.slice(from, to),
      before: line.text.slice(0, from),
      after: line.text.slice(to),
      previous,
    }))
    .filter(({ words }) => hasWords(words))

const hasWords = (text: string): boolean => text.replaceAll(ATOM, '').trim() !== ''

/**
 * What becomes of one's own state when these updates come. `known` is what the other side had of it
 * before: everything behind that is one's own.
 */
export function rehearse(own: Uint8Array, known: Known, updates: readonly Uint8Array[]): Verdict {
  // What is deleted stays where it was, so that it can still be told.
  const doc = new Y.Doc({ gc: false })
  const content = doc.getXmlFragment(CONTENT)
  Y.applyUpdate(doc, own)
  const lines: Line[] = []
  readLines(content, known, lines)
  let news = false
  doc.on('update', () => {
    news = true
  })
  for (const update of updates) Y.applyUpdate(doc, update)
  const lost: Passage[] = []
  if (news) {
    const deleted = Y.createDeleteSetFromStructStore(doc.store)
    const gone = ({ client, clock }: Piece, offset: number) =>
      Y.isDeleted(deleted, Y.createID(client, clock + offset))
    let previous = ''
    for (const line of lines) {
      lost.push(...passagesOf(line, gone, previous))
      if (hasWords(line.text)) previous = line.text
    }
  }
  doc.destroy()
  return { news, lost }
}

export const clocksOf = (doc: Y.Doc): Known => Y.decodeStateVector(Y.encodeStateVector(doc))

/** Whether there is something in these clocks that somebody who knows so much has not. */
const exceeds = (clocks: Known, known: Known): boolean =>
  [...clocks].some(([client, clock]) => clock > (known.get(client) ?? 0))

/** Whether a document holds something that somebody who knows so much has not. */
export const isAhead = (doc: Y.Doc, known: Known): boolean => exceeds(clocksOf(doc), known)

/** The same of a whole document as an update. */
export const isStateAhead = (state: Uint8Array, known: Known): boolean =>
  exceeds(Y.decodeStateVector(Y.encodeStateVectorFromUpdate(state)), known)
