// Writing in threads. They travel, merge and are kept as the text is, because they are part of the same
// document.
//
// Who deletes the last message of a thread leaves its empty place: somebody may be answering it at that
// moment, and what is put into a place that was taken away is lost, in every copy. An answer brings the
// thread back; a place that stayed empty is cleared when another thread is begun, a month later.
import * as Y from 'yjs'
import { wholeLetters } from '../letters'
import { newId } from '../newid'
import { type Author, LONGEST, MESSAGES, quoteOf } from './thread'
import type { Threads } from './threads'

/** How long an answer to a deleted thread may be on its way. */
const EMPTY_FOR = 30 * 24 * 3600 * 1000

const now = (): string => new Date().toISOString()

function writtenMessage(by: Author, text: string): { id: string; message: Y.Map<unknown> } {
  const id = newId()
  const message = new Y.Map<unknown>()
  message.set('id', id)
  message.set('by', { name: by.name, color: by.color })
  message.set('at', now())
  message.set('text', wholeLetters(text.slice(0, LONGEST)))
  return { id, message }
}

/** Begins a thread; gives the id of its first message. */
export function begin(threads: Threads, id: string, words: string, by: Author, text: string): string {
  const first = writtenMessage(by, text)
  const thread = new Y.Map<unknown>()
  thread.set('quote', quoteOf(words))
  thread.set('by', { name: by.name, color: by.color })
  thread.set('at', now())
  thread.set('messages', Y.Array.from([first.message]))
  transact(threads, () => {
    clear(threads)
    threads.shared.set(id, thread)
  })
  return first.id
}

/** Gives the id of the reply; null when the thread is gone, or full. */
export function reply(threads: Threads, id: string, by: Author, text: string): string | null {
  const messages = messagesOf(threads, id)
  if (messages === null || messages.length >= MESSAGES) return null
  const { id: own, message } = writtenMessage(by, text)
  messages.push([message])
  return own
}

/** Changes a message; false when it is gone. */
export function edit(threads: Threads, id: string, messageId: string, text: string): boolean {
  const [message] = find(threads, id, messageId)
  if (message === undefined) return false
  if (message.get('text') === text) return true
  transact(threads, () => {
    message.set('text', wholeLetters(text.slice(0, LONGEST)))
    message.set('edited', now())
  })
  return true
}

/** Takes a message away. A thread whose last message it was goes with it: then this is true. */
export function remove(threads: Threads, id: string, messageId: string): boolean {
  const messages = messagesOf(threads, id)
  const [, index] = find(threads, id, messageId)
  if (messages === null || index === -1) return false
  // Of all that stand there: what is not shown here (too many, written by a newer editor) is still said.
  const isLast = messages.length === 1
  transact(threads, () => {
    messages.delete(index)
    const thread = threads.shared.get(id)
    if (isLast && thread instanceof Y.Map) thread.set('emptied', now())
  })
  return isLast
}

export function resolve(threads: Threads, id: string, by: Author): void {
  const thread = threads.shared.get(id)
  if (thread instanceof Y.Map) thread.set('resolved', { by: { name: by.name, color: by.color }, at: now() })
}

export function reopen(threads: Threads, id: string): void {
  const thread = threads.shared.get(id)
  if (thread instanceof Y.Map && thread.has('resolved')) thread.delete('resolved')
}

/** Takes the places away that nobody has answered in since long. */
function clear(threads: Threads): void {
  const before = Date.now() - EMPTY_FOR
  for (const [id, thread] of [...threads.shared.entries()]) {
    if (!(thread instanceof Y.Map) || messagesOf(threads, id)?.length !== 0) continue
    const emptied = thread.get('emptied')
    if (typeof emptied === 'string' && Date.parse(emptied) < before) threads.shared.delete(id)
  }
}

function messagesOf(threads: Threads, id: string): Y.Array<unknown> | null {
  const thread = threads.shared.get(id)
  const messages = thread instanceof Y.Map ? thread.get('messages') : null
  return messages instanceof Y.Array ? messages : null
}

function find(threads: Threads, id: string, messageId: string): [Y.Map<unknown> | undefined, number] {
  const all = messagesOf(threads, id)?.toArray() ?? []
  const index = all.findIndex((message) => message instanceof Y.Map && message.get('id') === messageId)
  const found = all[index]
  return [found instanceof Y.Map ? found : undefined, index]
}

function transact(threads: Threads, work: () => void): void {
  if (threads.shared.doc === null) work()
  else threads.shared.doc.transact(work)
}
