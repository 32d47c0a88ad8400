// The ways to comments that begin at the text: to begin one, to look at one, to go into one. What is done
// in them comes with their cards (deeds.ts).
import { NEW } from '../../comments/drafts'
import type { Thread } from '../../comments/thread'
import { isCommentable, setDraft, threadsAt } from '../../editor/commenting'
import { message } from '../../i18n/message'
import type { Desk } from '../document/desk'
import { tell } from '../parts/toast'

/** Whether something may be written here; comments are part of the document. */
export const canComment = (desk: Desk): boolean =>
  desk.session.ending.value === null && !desk.session.denied.value && desk.editor.value?.isEditable === true

const openThread = (desk: Desk, id: string): Thread | undefined =>
  desk.comments.threads.list.peek().find((thread) => thread.id === id && thread.resolved === null)

/** Shows where comments are read: beside the text when there is room for them, else in the panel. */
function showComments(desk: Desk): void {
  if (!desk.comments.roomy.peek()) desk.panel.value = 'comments'
}

export const activate = (desk: Desk, id: string | null): void => {
  desk.comments.active.value = id
}

/** Words were clicked. Where threads lie upon each other, the next click picks the next one. */
export function pickThread(desk: Desk, ids: string[]): void {
  const open = ids.filter((id) => openThread(desk, id) !== undefined)
  const at = open.indexOf(desk.comments.active.peek() ?? '')
  activate(desk, open[(at + 1) % open.length] ?? null)
}

function enter(desk: Desk, selector: string): void {
  showComments(desk)
  let tries = 0
  const look = () => {
    const found = document.querySelector<HTMLElement>(selector)
    if (found !== null) found.focus()
    else if (tries++ < 60) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

/** Moves into a thread: from the words to its card. */
export function enterThread(desk: Desk, id: string): void {
  activate(desk, id)
  enter(desk, `[data-thread="${id}"]`)
}

const enterDraft = (desk: Desk): void => enter(desk, '[data-thread="draft"] textarea')

/** Begins a comment on the selected words; at words that have one, goes to it. */
export function beginComment(desk: Desk): void {
  const editor = desk.editor.peek()
  if (editor === null) return
  const { from, to, empty } = editor.state.selection
  if (empty) {
    const id = threadsAt(editor.state).find((id) => openThread(desk, id) !== undefined)
    if (id === undefined) tell(message('comments.selectFirst'))
    else enterThread(desk, id)
    return
  }
  if (!isCommentable(editor.state, { from, to })) {
    tell(message('comments.notHere'))
    return
  }
  if (desk.comments.threads.isFull) {
    tell(message('comments.full'))
    return
  }
  // What is written about other words stays with them: it is sent or put away first.
  if (desk.comments.drafting.peek() !== null) {
    enterDraft(desk)
    if (desk.comments.drafts.read(NEW)?.trim()) return
  }
  setDraft(editor, { from, to })
  activate(desk, null)
  desk.comments.drafting.value = editor.state.doc.textBetween(from, to, ' ', ' ')
  showComments(desk)
}
