// What one does with suggestions: turn the mode on and off, walk through them, decide on them.

import { TextSelection } from '@tiptap/pm/state'
import { lastStep } from '../../editor/laststep'
import { type Suggestion, suggestionAt, suggestionsIn } from '../../editor/proposed'
import { asItIs, fetchWay, way } from '../../editor/suggesting'
import { counted, message } from '../../i18n/message'
import type { Desk } from '../document/desk'
import { offerReload, tellUnfetched } from '../parts/lazy'
import { tell } from '../parts/toast'
import { keepMode } from './mode'

export const canWrite = (desk: Desk): boolean => {
  const editor = desk.editor.value
  return editor?.isEditable === true && !desk.past.value
}

/** Whether the way of suggestions can be had; without it nobody suggests, and that is said. */
async function hasWay(): Promise<boolean> {
  try {
    await fetchWay()
    return true
  } catch {
    offerReload(message('suggest.failed'))
    return false
  }
}

/**
 * At once, whether the way is here already: until it is, what would go it is refused (editor/suggesting.ts).
 * What is typed in between must not become an edit. One that cannot be had ends the mode.
 */
export async function setMode(desk: Desk, on: boolean): Promise<void> {
  desk.suggesting.value = on
  keepMode(desk.session.name, on)
  desk.editor.peek()?.view.focus()
  if (!on || way.peek() !== null || (await hasWay())) return
  desk.suggesting.value = false
  keepMode(desk.session.name, false)
}

/** Goes on in the mode of before the reload. Until this is done the editor is held back (editorplace.ts). */
export async function resumeMode(desk: Desk): Promise<void> {
  if (desk.suggesting.peek() && !(await hasWay())) desk.suggesting.value = false
}

export const suggestions = (desk: Desk): Suggestion[] => {
  const editor = desk.editor.value
  return editor === null ? [] : suggestionsIn(editor.state.doc)
}

/** The suggestion the caret is in, or at the edge of. */
export function currentOf(desk: Desk): string | null {
  const editor = desk.editor.value
  return editor === null ? null : suggestionAt(editor.state.doc, editor.state.selection.head)
}

/** Puts the caret into the next suggestion, or the one before; behind the last comes the first. */
export function walk(desk: Desk, direction: 1 | -1): void {
  const editor = desk.editor.peek()
  const all = suggestions(desk)
  if (editor === null || all.length === 0) return
  const { head } = editor.state.selection
  const current = all.findIndex(({ id }) => id === currentOf(desk))
  const behind = all.findIndex(({ from }) => from > head)
  const next = behind < 0 ? all.length : behind
  const index = current >= 0 ? current + direction : direction === 1 ? next : next - 1
  const to = all[(index + all.length) % all.length]
  if (to === undefined) return
  const { tr } = editor.state
  editor.view.dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(to.from + 1))).scrollIntoView())
  editor.view.focus()
}

/** Decides on one suggestion, or on all. */
export async function settle(desk: Desk, verdict: 'accept' | 'reject', id: string | null): Promise<void> {
  const fetched = await import('../../editor/verdict').catch(tellUnfetched)
  const editor = desk.editor.peek()
  if (!fetched || editor === null || !canWrite(desk)) return
  const count = id === null ? suggestions(desk).length : 1
  // An edit of one's own, that can be undone.
  const { tr } = editor.state
  fetched.decide(tr, verdict, id === null ? null : new Set([id]))
  if (tr.docChanged) editor.view.dispatch(asItIs(tr))
  const takeBack = lastStep(editor)
  editor.view.focus()
  if (id !== null) return
  tell(counted(`suggest.decided.${verdict}`, count), {
    label: message('suggest.undo'),
    run: () => {
      if (!takeBack()) tell(message('undo.late'))
      editor.view.focus()
    },
  })
}

export function settleHere(desk: Desk, verdict: 'accept' | 'reject'): void {
  const id = currentOf(desk)
  if (id !== null) void settle(desk, verdict, id)
}
