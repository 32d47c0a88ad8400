// What is done in comments, as whole acts: on the shared map, on the marks in the text, and on what
// stands before one's eyes afterwards.
import { changeOf, replyTo } from '../../comments/drafts'
import { isOwn, rememberOwn } from '../../comments/own'
import type { Message, Thread } from '../../comments/thread'
import * as writing from '../../comments/writing'
import { draftRange, markWords, setDraft, unmarkWords } from '../../editor/commenting'
import { message } from '../../i18n/message'
import { newId } from '../../newid'
import type { Comments, Desk } from '../document/desk'
import { tell } from '../parts/toast'
import { activate, canComment } from './acts'

/** Puts the comment that is being written away, and goes back to the text. */
export function endDraft(desk: Desk): void {
  desk.comments.drafting.value = null
  const editor = desk.editor.peek()
  if (editor === null || editor.isDestroyed) return
  setDraft(editor, null)
  editor.view.focus()
}

/** Says that nothing can be written here now; what was to be sent stays where it is. */
function isRefused(desk: Desk): boolean {
  const refused = !canComment(desk)
  if (refused) tell(message('comments.notSent'))
  return refused
}

/** Sends the comment that is being written; false when it could not be. */
export function sendDraft(desk: Desk, text: string): boolean {
  const editor = desk.editor.peek()
  const words = desk.comments.drafting.peek()
  if (isRefused(desk) || editor === null || words === null) return false
  const id = newId()
  const range = draftRange(editor.state)
  // The mark first: a mark without a thread is nothing that anybody sees, a thread without words is.
  if (range !== null) markWords(editor, id, range)
  rememberOwn(writing.begin(desk.comments.threads, id, words, desk.me.peek(), text))
  // Behind the words: they have their comment, and need no bubble.
  if (range !== null) editor.commands.setTextSelection(Math.min(range.to, editor.state.doc.content.size))
  endDraft(desk)
  activate(desk, id)
  return true
}

/** Answers; a thread that was resolved meanwhile is opened by it, one that was deleted begun anew. */
export function reply(desk: Desk, thread: Thread, text: string): boolean {
  if (isRefused(desk)) return false
  const { threads } = desk.comments
  const me = desk.me.peek()
  let own = writing.reply(threads, thread.id, me, text)
  if (own === null && threads.has(thread.id)) {
    tell(message('comments.notSent'))
    return false
  }
  if (own === null) {
    tell(message('comments.gone'))
    own = writing.begin(threads, newId(), thread.quote, me, text)
  }
  writing.reopen(threads, thread.id)
  rememberOwn(own)
  return true
}

/** Changes a message; one that was deleted meanwhile is said again, as an answer. */
export function change(desk: Desk, thread: Thread, id: string, text: string): boolean {
  if (isRefused(desk)) return false
  return writing.edit(desk.comments.threads, thread.id, id, text) || reply(desk, thread, text)
}

const isChanged = ({ drafts }: Comments, { id }: Message): boolean => drafts.begun.value.has(changeOf(id))

/** Messages that were taken out of a thread while somebody here was changing them. */
export const takenUnder = (comments: Comments, thread: Thread): Message[] =>
  comments.threads.takenFrom(thread.id).filter((message) => isChanged(comments, message))

/** Whether something unsent is written in a thread. */
export const isWrittenIn = (comments: Comments, thread: Thread): boolean =>
  comments.drafts.begun.value.has(replyTo(thread.id)) ||
  thread.messages.some((message) => isChanged(comments, message)) ||
  takenUnder(comments, thread).length > 0

/** Threads that were deleted while something was written in them here. */
export const deletedUnder = (comments: Comments): Thread[] =>
  comments.drafts.begun.value.size === 0
    ? []
    : comments.threads.former.filter((thread) => isWrittenIn(comments, thread))

export function resolve(desk: Desk, thread: Thread): void {
  const { threads, active } = desk.comments
  writing.resolve(threads, thread.id, desk.me.peek())
  if (active.peek() === thread.id) active.value = null
  tell(message('comments.resolved'), {
    label: message('comments.reopen'),
    run: () => writing.reopen(threads, thread.id),
  })
}

export const reopen = (desk: Desk, thread: Thread): void => writing.reopen(desk.comments.threads, thread.id)

export const canChange = (desk: Desk, id: string): boolean => canComment(desk) && isOwn(id)

export function removeMessage(desk: Desk, thread: Thread, id: string): void {
  const editor = desk.editor.peek()
  const wasLast = writing.remove(desk.comments.threads, thread.id, id)
  if (wasLast && editor !== null) unmarkWords(editor, thread.id)
}

/** Brings the words of a thread into view. */
export function showWords(id: string): void {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  document
    .querySelector(`.text .comment[data-comment="${id}"]`)
    ?.scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' })
}
