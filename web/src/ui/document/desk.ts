// What the parts of the document page share: the session, the editor on it, and a number that grows
// with every change of the editor's state. A part that shows the state of the text reads
// `revision`; everything else stays out of the way of typing.
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Identity } from '../../people/identity'
import type { Person } from '../../people/presence'
import type { Session } from '../../sync/session'

export interface Desk {
  session: Session
  people: ReadonlySignal<Person[]>
  /** Oneself, as the others see one here. */
  me: ReadonlySignal<Identity>
  editor: Signal<Editor | null>
  revision: Signal<number>
  /** The link field is open. */
  linking: Signal<boolean>
  dialog: Signal<'help' | 'identity' | null>
}

export const makeDesk = (
  session: Session,
  people: ReadonlySignal<Person[]>,
  me: ReadonlySignal<Identity>,
): Desk => ({
  session,
  people,
  me,
  editor: signal(null),
  revision: signal(0),
  linking: signal(false),
  dialog: signal(null),
})

export const DeskContext = createContext<Desk | null>(null)

export function useDesk(): Desk {
  const desk = useContext(DeskContext)
  if (desk === null) throw new Error('A part of the document page is shown outside of it.')
  return desk
}

/** Draws again once per frame at most, however many transactions a frame holds. */
export function followEditor(editor: Editor, revision: Signal<number>): void {
  let scheduled = false
  const bump = () => {
    if (scheduled) return
    scheduled = true
    requestAnimationFrame(() => {
      scheduled = false
      revision.value += 1
    })
  }
  editor.on('transaction', bump)
  editor.on('focus', bump)
  editor.on('blur', bump)
}
