// Where edits turn off while one suggests: what this page would change is proposed instead (way.ts), and
// what cannot be proposed is not done, and said.
//
// Only this page's own edits go this way. What comes from others, from undo, or from a verdict on a
// suggestion is done as it is.
//
// The way itself is fetched once the page is at rest, or when one turns off before that. As long as it is
// not there, whatever would go it is refused: no edit passes as one that was proposed.
import { signal } from '@preact/signals'
import { type Editor, Extension } from '@tiptap/core'
import { Plugin, PluginKey, type Transaction } from '@tiptap/pm/state'
import { AddMarkStep, RemoveMarkStep, type Transform } from '@tiptap/pm/transform'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import type { Identity } from '../people/identity'
import type { Edit } from './proposal'

export interface Suggesting {
  isOn: () => boolean
  author: () => Identity
  /** Told when something was not done, because it cannot be proposed. */
  refuse: () => void
}

const key = new PluginKey('suggesting')

/** Null until it is fetched: whoever suggests before is refused. */
export const way = signal<typeof import('./way') | null>(null)

export async function fetchWay(): Promise<void> {
  way.value ??= await import('./way')
}

/** What the parts that are fetched later need of it, without fetching it with them. */
interface Here {
  isOn: () => boolean
  /** Says that something cannot be suggested. */
  refuse: () => void
  /** Proposes one more edit as a suggestion of its own. False where that cannot be. */
  propose: (transform: Transform, edit: Edit) => boolean
  /** What is proposed already, or was begun as an edit, goes as it is. */
  asItIs: (transaction: Transaction) => Transaction
}

declare module '@tiptap/core' {
  interface Storage {
    suggesting?: Here
  }
}

/** Whether what is changed here now is only proposed. */
export const isSuggesting = (editor: Editor): boolean => editor.storage.suggesting?.isOn() === true

/** Whether something that cannot be proposed would have to be: then that is said before it is begun. */
export function isRefused(editor: Editor): boolean {
  const refused = isSuggesting(editor)
  if (refused) editor.storage.suggesting?.refuse()
  return refused
}

export const asItIs: Here['asItIs'] = (transaction) => transaction.setMeta(key, true)

/** Marks that say something about the text and are none of it. */
const BESIDE = ['comment']

const isBeside = (step: unknown): boolean =>
  (step instanceof AddMarkStep || step instanceof RemoveMarkStep) && BESIDE.includes(step.mark.type.name)

function isExempt(transaction: Transaction): boolean {
  const sync: unknown = transaction.getMeta(ySyncPluginKey)
  const fromOthers = typeof sync === 'object' && sync !== null && 'isChangeOrigin' in sync
  return fromOthers || transaction.getMeta(key) !== undefined || transaction.steps.every(isBeside)
}

export const SuggestingWay = Extension.create<{ suggesting: Suggesting | null }, Here>({
  name: 'suggesting',

  addOptions() {
    return { suggesting: null }
  },

  addStorage() {
    const { suggesting } = this.options
    return {
      isOn: () => suggesting?.isOn() === true,
      refuse: () => suggesting?.refuse(),
      propose: (transform, edit) =>
        suggesting !== null && way.peek()?.proposeAlso(transform, edit, suggesting) === true,
      asItIs,
    }
  },

  dispatchTransaction({ transaction, next }) {
    const { suggesting } = this.options
    if (!suggesting?.isOn() || !transaction.docChanged || isExempt(transaction)) return next(transaction)
    const by = way.peek()
    if (by === null) suggesting.refuse()
    else by.proposed(this.editor.state, transaction, next, suggesting)
  },

  addProseMirrorPlugins() {
    const { suggesting } = this.options
    if (suggesting === null) return []
    return [
      new Plugin({
        key,
        props: {
          handleTextInput(view, _from, _to, _text, make) {
            const { parent } = view.state.selection.$from
            if (!suggesting.isOn() || !parent.inlineContent) return false
            view.dispatch(make())
            return true
          },
          handleKeyDown: (view, event) =>
            suggesting.isOn() && way.peek()?.press(view, event, suggesting) === true,
          handleDOMEvents: {
            // The browser would show the box as ticked.
            click(_view, event) {
              const { target } = event
              const ticks = target instanceof HTMLInputElement && target.type === 'checkbox'
              if (!ticks || !suggesting.isOn()) return false
              event.preventDefault()
              suggesting.refuse()
              return true
            },
          },
        },
      }),
    ]
  },
})
