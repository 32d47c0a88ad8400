// Marks that lie over the text for one person at this page only, such as what a search finds. What to
// mark is decided elsewhere and may come later: plugins are never added to a living editor, because the
// binding to the shared document would be torn down and put up again with them.
import { Extension } from '@tiptap/core'
import { Plugin, PluginKey, type Transaction } from '@tiptap/pm/state'
import { DecorationSet } from '@tiptap/pm/view'

/** Marks for a document that has just changed; `before` are those that stood until now. */
export type Draw = (transaction: Transaction, before: DecorationSet) => DecorationSet

interface Lit {
  draw: Draw | null
  set: DecorationSet
}

const key = new PluginKey<Lit>('spotlight')

const DARK: Lit = { draw: null, set: DecorationSet.empty }

/** A transaction that shows these marks from here on. */
export const light = (transaction: Transaction, set: DecorationSet, draw: Draw): Transaction =>
  transaction.setMeta(key, { draw, set } satisfies Lit).setMeta('addToHistory', false)

/** A transaction that takes them away. */
export const unlight = (transaction: Transaction): Transaction =>
  transaction.setMeta(key, DARK).setMeta('addToHistory', false)

export const Spotlight = Extension.create({
  name: 'spotlight',

  addProseMirrorPlugins: () => [
    new Plugin<Lit>({
      key,
      state: {
        init: () => DARK,
        apply(transaction, before) {
          const told = transaction.getMeta(key) as Lit | undefined
          if (told !== undefined) return told
          if (before.draw === null || !transaction.docChanged) return before
          return { draw: before.draw, set: before.draw(transaction, before.set) }
        },
      },
      props: { decorations: (state) => key.getState(state)?.set },
    }),
  ],
})
