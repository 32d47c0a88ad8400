// What one undo takes back: about as much as one would say in a breath.
//
// The shared history joins everything that is typed without a pause of half a second, so that one undo
// took back a whole paragraph of somebody who types fluently. Here a step ends also where a word begins
// after some words, where something else than a letter happens (Enter, a paste, a format), and where
// typing goes on at another place. What an input method composes is never cut in pieces, however often it
// is changed and however long one thinks about it; many letters are written that way only.
import { Extension } from '@tiptap/core'
import type { Transaction } from '@tiptap/pm/state'
import { ReplaceStep } from '@tiptap/pm/transform'
import { ySyncPluginKey, yUndoPluginKey } from '@tiptap/y-tiptap'

/** So many letters of one run belong together at most; then the next word begins a new step. */
const RUN = 24

/** One edit, as far as it matters for this. */
export interface Edit {
  /** `replace`: a letter typed over what was selected. */
  kind: 'insert' | 'delete' | 'replace' | 'other'
  text: string
  /** The composition that it belongs to. */
  composition?: number
}

export interface Run {
  kind: Exclude<Edit['kind'], 'replace'>
  letters: number
  /** The last letter was a space. */
  atWord: boolean
  /** The caret was put elsewhere since. Positions do not tell: others' words move them. */
  left: boolean
  composition?: number
}

/** Whether an edit goes on with the composition that is being written. */
const isComposed = (run: Run | null, { composition }: Edit): boolean =>
  composition !== undefined && run?.composition === composition

/** Whether an edit begins a step of its own, and the run that goes on with it. */
export function continueRun(run: Run | null, edit: Edit): { begins: boolean; run: Run } {
  if (run !== null && isComposed(run, edit))
    return { begins: false, run: { ...run, letters: run.letters + edit.text.length } }
  const goesOn = run !== null && !run.left && edit.kind !== 'other' && run.kind === edit.kind
  // A composition begins with a word.
  const atWord = run?.atWord === true || edit.composition !== undefined
  const full = run !== null && run.letters >= RUN && atWord && !/^\s/.test(edit.text)
  const letters = (goesOn && !full ? run.letters : 0) + Math.max(1, edit.text.length)
  return {
    begins: run !== null && (!goesOn || full),
    run: {
      // What is typed over a selection goes on as any word does: one undo brings back what was selected.
      kind: edit.kind === 'replace' ? 'insert' : edit.kind,
      letters,
      atWord: /\s$/.test(edit.text),
      left: false,
      ...(edit.composition === undefined ? {} : { composition: edit.composition }),
    },
  }
}

/** What a transaction does, when it is one plain replacement within a line; else "other". */
export function editIn(transaction: Transaction): Edit {
  const other: Edit = { kind: 'other', text: '' }
  const [step] = transaction.steps
  if (transaction.steps.length !== 1 || !(step instanceof ReplaceStep)) return other
  const { from, to, slice } = step
  const before = transaction.docs[0]
  const composition: unknown = transaction.getMeta('composition')
  if (typeof composition === 'number') {
    const whole = slice.content.textBetween(0, slice.content.size)
    // Only what is new: it is written again and again.
    return { kind: 'insert', text: whole.slice(to - from), composition }
  }
  if (before === undefined || slice.openStart > 0 || slice.openEnd > 0) return other
  if (slice.content.childCount === 1 && slice.content.firstChild?.isText) {
    const text = slice.content.firstChild.text ?? ''
    return text.length <= 2 ? { kind: from === to ? 'insert' : 'replace', text } : other
  }
  const at = before.resolve(from)
  if (slice.size === 0 && to - from <= 2 && at.sameParent(before.resolve(to)))
    return { kind: 'delete', text: before.textBetween(from, to) }
  return other
}

export const UndoSteps = Extension.create({
  name: 'undoSteps',

  addStorage() {
    return { run: null as Run | null }
  },

  dispatchTransaction({ transaction, next }) {
    const meta = transaction.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean } | undefined
    if (transaction.docChanged && !meta?.isChangeOrigin) {
      const edit = editIn(transaction)
      const composed = isComposed(this.storage.run, edit)
      const { begins, run } = continueRun(this.storage.run, edit)
      this.storage.run = run
      const manager = yUndoPluginKey.getState(this.editor.state)?.undoManager
      if (begins) manager?.stopCapturing()
      // The pause that ends a step is none within a composition.
      else if (composed && manager?.lastChange) manager.lastChange = Date.now()
    } else if (transaction.selectionSet && meta === undefined && this.storage.run !== null)
      this.storage.run = { ...this.storage.run, left: true }
    next(transaction)
  },
})
