// What the parts of the document page share: the session, the editor on it, and a number that grows
// with every change of the editor's state. A part that shows the state of the text reads
// `revision`; everything else stays out of the way of typing.
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { Drafts } from '../../comments/drafts'
import { Threads } from '../../comments/threads'
import type { Gate } from '../../editor/gate'
import type { Identity } from '../../people/identity'
import type { Person } from '../../people/presence'
import { COMMENTS, type Session } from '../../sync/session'
import { wasSuggesting } from '../suggestions/mode'

/** What may stand beside the text; one at a time. */
export type Panel = 'comments' | 'history' | 'outline'

/** Dialogs of the page; one at a time. */
export type DialogName = 'appearance' | 'delete' | 'help' | 'identity' | 'palette' | 'tally'

export interface Desk {
  session: Session
  people: ReadonlySignal<Person[]>
  /** Oneself, as the others see one here. */
  me: ReadonlySignal<Identity>
  editor: Signal<Editor | null>
  revision: Signal<number>
  /** The link field is open. */
  linking: Signal<boolean>
  dialog: Signal<DialogName | null>
  panel: Signal<Panel | null>
  /** The bar that finds words in the text, and perhaps replaces them. */
  finding: Signal<{ replacing: boolean } | null>
  /** Why this page may only read the document; null while it may write. */
  gate: Signal<Gate | null>
  /** The past stands in the place of the text, which is hidden and must not be written in. */
  past: Signal<boolean>
  /** What one changes is proposed, not done. */
  suggesting: Signal<boolean>
  comments: Comments
}

/** What is said about the text, and what of it is before one's eyes. */
export interface Comments {
  threads: Threads
  /** The threads whose words are in the text, in its order; looked up when typing pauses. */
  placed: Signal<readonly string[]>
  /** The thread that is looked at. */
  active: Signal<string | null>
  /** The words that a new thread is being written about. */
  drafting: Signal<string | null>
  /** What is written and not sent. */
  drafts: Drafts
  /** There is room for cards beside the text. */
  roomy: Signal<boolean>
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
  panel: signal(null),
  finding: signal(null),
  gate: signal(null),
  past: signal(false),
  suggesting: signal(wasSuggesting(session.name)),
  comments: {
    threads: new Threads(session.doc.getMap<unknown>(COMMENTS)),
    placed: signal([]),
    active: signal(null),
    drafting: signal(null),
    drafts: new Drafts(session.name),
    roomy: signal(false),
  },
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
  // Whether it may be written changes without one.
  editor.on('update', bump)
  editor.on('focus', bump)
  editor.on('blur', bump)
}
