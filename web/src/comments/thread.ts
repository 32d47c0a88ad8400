// Threads as they are read from the shared document: a map beside the text (docs/design.md §10 says why
// their words are found by a mark and not by a position).
//
// Whoever can write the document can write anything into that map, so everything in it is read
// with care: what does not look like a thread is none, and what does is cut to what can be shown.
import * as Y from 'yjs'
import { message } from '../i18n/message'
import { tidyName } from '../people/name'
import { colourFor, isColour } from '../people/palette'

/** Letters that one message may have. */
export const LONGEST = 10_000
/** Threads that one document may have. */
export const MOST = 1000
/** Messages that one thread may have. */
export const MESSAGES = 1000
/** Messages of one document that are shown. */
export const MESSAGES_IN_ALL = 10_000
/** Letters of a moment. */
const MOMENT = 40
/** Letters of the words that are kept, for when they are deleted. */
const LONGEST_QUOTE = 300

export interface Author {
  name: string
  color: string
}

export interface Message {
  id: string
  by: Author
  at: string
  text: string
  /** When it was changed last. */
  edited: string | null
}

export interface Thread {
  id: string
  quote: string
  by: Author
  at: string
  resolved: { by: Author; at: string } | null
  /** At least one. */
  messages: Message[]
}

const ID = /^[\w-]{1,64}$/

/** Ids stand in attributes and selectors, so they are of plain letters. */
export const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value)

/** The words, short enough to be shown above a card. */
export const quoteOf = (words: string): string => {
  // Enough for all that is kept, however much somebody else wrote there.
  const letters = [
    ...words
      .slice(0, 8 * LONGEST_QUOTE)
      .replace(/\s+/g, ' ')
      .trim(),
  ]
  return letters.length > LONGEST_QUOTE
    ? `${letters.slice(0, LONGEST_QUOTE - 1).join('')}…`
    : letters.join('')
}

const textOf = (value: unknown): string | null => {
  if (typeof value !== 'string') return null
  const text = value.slice(0, LONGEST)
  return text.trim() === '' ? null : text
}

const timeOf = (value: unknown): string =>
  typeof value === 'string' && value.length <= MOMENT && !Number.isNaN(Date.parse(value))
    ? value
    : new Date(0).toISOString()

function authorOf(value: unknown): Author {
  const said = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const name = tidyName(said.name) ?? message('people.guest')
  return { name, color: isColour(said.color) ? said.color : colourFor(name) }
}

function messageOf(value: unknown): Message | null {
  if (!(value instanceof Y.Map)) return null
  const [id, text] = [value.get('id'), textOf(value.get('text'))]
  if (!isId(id) || text === null) return null
  const edited = value.get('edited')
  return {
    id,
    by: authorOf(value.get('by')),
    at: timeOf(value.get('at')),
    text,
    edited: typeof edited === 'string' ? timeOf(edited) : null,
  }
}

function resolvedOf(value: unknown): Thread['resolved'] {
  if (typeof value !== 'object' || value === null) return null
  const said = value as Record<string, unknown>
  return { by: authorOf(said.by), at: timeOf(said.at) }
}

/** A thread with its first messages, or null when this is none. */
export function threadOf(id: string, value: unknown, most = MESSAGES): Thread | null {
  if (!isId(id) || !(value instanceof Y.Map)) return null
  const list = value.get('messages')
  if (!(list instanceof Y.Array)) return null
  const messages = list.slice(0, Math.min(most, MESSAGES, list.length)).map(messageOf)
  const kept = messages.filter((message) => message !== null)
  if (kept.length === 0) return null
  const quote = value.get('quote')
  return {
    id,
    quote: typeof quote === 'string' ? quoteOf(quote) : '',
    by: authorOf(value.get('by')),
    at: timeOf(value.get('at')),
    resolved: resolvedOf(value.get('resolved')),
    messages: kept,
  }
}
