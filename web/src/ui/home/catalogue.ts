// What the list shows, and how it stays true: asked of the server anew every few seconds while somebody
// looks, at once when they come back, and never by showing less than was there: as many rows are asked
// for as are shown. Only the newest question may be answered. What cannot be read is an error above the
// rows that were there before, never an empty list.
import { signal } from '@preact/signals'
import { describeDocument, listDocuments, Refusal, type Sort } from '../../api/documents'
import { searchDocuments } from '../../api/search'
import { message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { pinned, recent } from '../../shelf'
import { type Entry, entryOf, merged } from './found'
import type { Place } from './tab'

export const PAGE = 50

/** The most that the server gives at once, of a list and of a search. */
const MOST = 1000
const MOST_FOUND = 100

/** So many are asked for at the same time where each is asked for by itself. */
const AT_ONCE = 5

export interface Question extends Place {
  sort: Sort
}

interface Answer {
  entries: Entry[]
  next: string | null
  note: string | null
}

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'

/**
 * Documents by their names, in this order; those that are not there are left out, and put down as gone,
 * so that nobody asks for them every few seconds.
 */
async function byNames(names: readonly string[], gone: Set<string>, signal: AbortSignal): Promise<Entry[]> {
  const found = new Map<string, Entry>()
  const waiting = names.filter((name) => !gone.has(name))
  const serve = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
      try {
        found.set(name, entryOf(await describeDocument(name, signal)))
      } catch (error) {
        const isGone =
          error instanceof Refusal &&
          /^document_(not_found|deleted)$|^invalid_document_name$/.test(error.code)
        if (!isGone) throw error
        gone.add(name)
      }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, serve))
  return names.flatMap((name) => found.get(name) ?? [])
}

async function search(query: string, signal: AbortSignal): Promise<Answer> {
  const [texts, names] = await Promise.allSettled([
    searchDocuments(query, MOST_FOUND, signal),
    listDocuments({ q: query, limit: MOST_FOUND }, signal),
  ])
  if (names.status === 'rejected') throw names.reason
  if (texts.status === 'rejected') {
    if (isAbort(texts.reason)) throw texts.reason
    const note = message('home.onlyNames', { reason: explain(texts.reason) })
    return { entries: merged([], names.value.documents), next: null, note }
  }
  const isMore = texts.value.next !== null || names.value.next !== null
  const note = isMore ? message('home.tooMany') : null
  return { entries: merged(texts.value.results, names.value.documents), next: null, note }
}

async function ask(
  question: Question,
  count: number,
  cursor: string | null,
  gone: Set<string>,
  signal: AbortSignal,
): Promise<Answer> {
  const { tab, query, sort } = question
  if (tab === 'recent' || tab === 'pinned') {
    const names = tab === 'recent' ? recent.peek() : pinned.peek()
    return { entries: await byNames(names, gone, signal), next: null, note: null }
  }
  if (tab === 'all' && query !== '') return search(query, signal)
  const deleted = tab === 'trash'
  const page = await listDocuments(
    {
      limit: Math.min(count, MOST),
      ...(deleted ? { deleted, q: query } : { sort }),
      ...(cursor ? { cursor } : {}),
    },
    signal,
  )
  return { entries: page.documents.map(entryOf), next: page.next, note: null }
}

export class Catalogue {
  /** Null as long as nothing is known. */
  readonly entries = signal<Entry[] | null>(null)
  readonly next = signal<string | null>(null)
  /** Why the list cannot be read. */
  readonly failure = signal<string | null>(null)
  /** What is to be said of the list. */
  readonly note = signal<string | null>(null)
  /** What the list answers: behind what is asked by the time of the answer. */
  readonly shown = signal<Question | null>(null)
  /** Names of documents that are not there: asked for again with the next question. */
  #gone = new Set<string>()
  #running: AbortController | null = null
  #question: Question = { tab: 'all', query: '', sort: 'updated' }

  /** Asks another question; its rows take the place of those that are there. */
  look(question: Question): Promise<void> {
    const tab = this.#question.tab
    this.#question = question
    this.#gone = new Set()
    if (tab !== question.tab) this.entries.value = null
    return this.#load(PAGE, null)
  }

  /** The same question again, of as many rows as are shown. */
  renew(): Promise<void> {
    const count = this.entries.peek()?.length ?? 0
    // What is on its way is newer than what is shown; and of more rows than the server gives at once,
    // what was there stays until somebody asks.
    if (this.#running !== null || count > MOST) return Promise.resolve()
    return this.#load(Math.max(PAGE, count), null)
  }

  more(): Promise<void> {
    return this.#load(PAGE, this.next.peek())
  }

  /** Takes a row out at once; the server is asked soon. */
  without(name: string): void {
    this.entries.value = this.entries.peek()?.filter((entry) => entry.name !== name) ?? null
  }

  /** Shows another title at once; where it is in the list then, the server says soon. */
  retitle(name: string, title: string | null): void {
    this.entries.value =
      this.entries.peek()?.map((entry) => (entry.name === name ? { ...entry, title } : entry)) ?? null
  }

  async #load(count: number, cursor: string | null): Promise<void> {
    this.#running?.abort()
    const controller = new AbortController()
    this.#running = controller
    const question = this.#question
    try {
      const answer = await ask(question, count, cursor, this.#gone, controller.signal)
      if (this.#running !== controller) return
      const before = this.entries.peek() ?? []
      this.entries.value = cursor === null ? answer.entries : together(before, answer.entries)
      this.next.value = answer.next
      this.note.value = answer.note
      this.failure.value = null
      this.shown.value = question
    } catch (error) {
      if (!isAbort(error) && this.#running === controller) this.failure.value = explain(error)
    } finally {
      if (this.#running === controller) this.#running = null
    }
  }
}

/** Rows and those that follow; one that moved meanwhile stands where it was asked for last. */
export function together(before: readonly Entry[], more: readonly Entry[]): Entry[] {
  const names = new Set(more.map(({ name }) => name))
  return [...before.filter(({ name }) => !names.has(name)), ...more]
}
