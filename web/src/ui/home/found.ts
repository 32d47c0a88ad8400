// What a search finds, as one list: documents by the words of their texts, and by parts of their names
// and titles, each of them once. What was looked for is marked in titles, too.
import type { DocumentInfo } from '../../api/documents'
import type { Found, Piece } from '../../api/search'

/** A document as the list shows it. */
export interface Entry {
  name: string
  title: string | null
  /** When it changed, or was deleted. */
  at: string
  bytes: number | null
  people: number
  present: DocumentInfo['present']
  /** How its text begins, or where in it something was found. */
  excerpt: Piece[]
  /** Nothing is written in it; false as long as that is not known. */
  blank: boolean
}

const beginning = (info: DocumentInfo): Piece[] =>
  info.excerpt ? [{ text: info.excerpt, match: false }] : []

const isBlank = ({ excerpt, bytes }: DocumentInfo): boolean =>
  excerpt === null ? bytes === 0 : excerpt.trim() === ''

export const entryOf = (info: DocumentInfo): Entry => ({
  name: info.name,
  title: info.title,
  at: info.deleted ?? info.updated,
  bytes: info.bytes,
  people: info.people,
  present: info.present,
  excerpt: beginning(info),
  blank: isBlank(info),
})

const entryOfFound = ({ name, title, updated, excerpt }: Found, info: DocumentInfo | undefined): Entry => ({
  name,
  title,
  at: updated,
  bytes: info?.bytes ?? null,
  people: info?.people ?? 0,
  present: info?.present ?? [],
  excerpt,
  blank: excerpt.length === 0 && info !== undefined && isBlank(info),
})

/** The best first, and behind them those of which only a part of the name or title was asked for. */
export function merged(found: readonly Found[], named: readonly DocumentInfo[]): Entry[] {
  const known = new Map(named.map((info) => [info.name, info]))
  const best = found.map((one) => entryOfFound(one, known.get(one.name)))
  const shown = new Set(found.map(({ name }) => name))
  return [...best, ...named.filter(({ name }) => !shown.has(name)).map(entryOf)]
}

/** Case and accents do not matter, as on the server; undefined where letters are not counted alike then. */
function plain(text: string): string | undefined {
  const bare = [...text].map(
    (letter) => letter.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase() || letter,
  )
  const joined = bare.join('')
  return joined.length === text.length ? joined : undefined
}

/** A text in pieces, with every word of a question marked in it. */
export function marked(text: string, question: string): Piece[] {
  const seen = plain(text)
  const words = question
    .split(/[\s"“”„]+/)
    .map((word) => plain(word) ?? word.toLowerCase())
    .filter((word) => word !== '')
  if (seen === undefined || words.length === 0) return text === '' ? [] : [{ text, match: false }]
  const hit = new Array<boolean>(text.length).fill(false)
  for (const word of words)
    for (let at = seen.indexOf(word); at >= 0; at = seen.indexOf(word, at + word.length))
      hit.fill(true, at, at + word.length)
  const pieces: Piece[] = []
  for (let at = 0; at < text.length; at += 1) {
    const last = pieces.at(-1)
    const match = hit[at] === true
    if (last?.match === match) last.text += text[at]
    else pieces.push({ text: text[at] ?? '', match })
  }
  return pieces
}
