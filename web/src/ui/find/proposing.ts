// Replacing while one suggests: every match is a suggestion of its own, to be decided about by itself, and
// what stands between two of them is left alone.
import type { Editor } from '@tiptap/core'

export interface Replacement {
  from: number
  to: number
  text: string
}

/**
 * Proposes replacements that are in the order of the text. Says how many: words that are to go already, and
 * those of blocks in which nothing can be proposed, are left; when that is all, it is said.
 */
export function proposeReplacing(editor: Editor, replacements: readonly Replacement[]): number {
  const { tr, doc, schema } = editor.state
  const { suggesting } = editor.storage
  if (suggesting === undefined) return 0
  const gone = schema.marks.deletion
  let left = 0
  let count = 0
  // From the end, so that the positions before stay what they are.
  for (const { from, to, text } of [...replacements].reverse()) {
    if (gone !== undefined && doc.rangeHasMark(from, to, gone)) continue
    const marks = doc.resolve(from).marksAcross(doc.resolve(to)) ?? []
    if (suggesting.propose(tr, { from, to, pieces: text === '' ? [] : [{ text, marks }] })) count += 1
    else left += 1
  }
  if (count > 0) editor.view.dispatch(suggesting.asItIs(tr).setMeta('preventAutolink', true))
  else if (left > 0) suggesting.refuse()
  return count
}
