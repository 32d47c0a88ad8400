// What an edit, or a key that would change blocks, comes to while one suggests. Fetched before one does
// (suggesting.ts), and ahead once the page is at rest.
import { type EditorState, TextSelection, type Transaction } from '@tiptap/pm/state'
import type { Transform } from '@tiptap/pm/transform'
import type { EditorView } from '@tiptap/pm/view'
import { newId } from '../newid'
import { type Outcome, proposeAll } from './deed'
import { bearsMarks, breakAt, type Edit, isOpenBetween, neighbour, propose } from './proposal'
import { asItIs, type Suggesting } from './suggesting'
import { type Break, deletionOf, isLeaving, type Stamp } from './suggestion'

/** What a transaction says about itself, which holds for its proposal, too. */
const SAID = ['composition', 'uiEvent', 'paste', 'pointer']

/** Words that turn into something else while they are typed do not, while one suggests. */
const isInputRule = (state: EditorState, transaction: Transaction): boolean =>
  state.plugins.some((plugin) => 'isInputRules' in plugin.spec && transaction.getMeta(plugin) !== undefined)

/** Behind or before all that is marked as deleted, so that the next key does something. */
function past(state: EditorState, at: number, direction: 1 | -1): number {
  const $at = state.doc.resolve(at)
  const node = direction === 1 ? $at.nodeAfter : $at.nodeBefore
  return deletionOf(node) === undefined ? at : at + direction * (node?.nodeSize ?? 0)
}

function proposal(state: EditorState, asked: Transaction, outcome: Outcome): Transaction {
  const tr = state.tr
  for (const step of outcome.transform.steps) tr.step(step)
  const { extent } = outcome
  const { selection } = state
  if (extent !== null) {
    const forward = selection.empty && asked.mapping.map(selection.head, -1) === selection.head
    let [anchor, head] = [extent.end, extent.end]
    if (outcome.isFormat && !selection.empty) [anchor, head] = [extent.at, extent.end]
    else if (outcome.isDeletion) {
      head = forward ? extent.end : extent.start
      if (!tr.docChanged) head = past(state, head, forward ? 1 : -1)
      anchor = head
    }
    if (outcome.isDeletion || asked.selectionSet || asked.docChanged)
      tr.setSelection(TextSelection.between(tr.doc.resolve(anchor), tr.doc.resolve(head)))
  }
  if (asked.scrolledIntoView) tr.scrollIntoView()
  for (const name of SAID) if (asked.getMeta(name) !== undefined) tr.setMeta(name, asked.getMeta(name))
  // Words that were there before must not become a link because of some that are only proposed.
  return tr.setMeta('preventAutolink', true)
}

/** Proposes what a transaction would do, or refuses it. */
export function proposed(
  state: EditorState,
  asked: Transaction,
  next: (transaction: Transaction) => void,
  suggesting: Suggesting,
): void {
  if (isInputRule(state, asked)) return
  const outcome = proposeAll(asked, stampBy(suggesting))
  if (outcome === null) suggesting.refuse()
  else next(proposal(state, asked, outcome))
}

/** Proposes one more edit as a suggestion of its own. False where that cannot be. */
export const proposeAlso = (transform: Transform, edit: Edit, suggesting: Suggesting): boolean =>
  propose(transform, edit, stampBy(suggesting)) !== null

function stampBy(suggesting: Suggesting): Stamp {
  const { name, color } = suggesting.author()
  return { id: newId(), by: name, at: new Date().toISOString(), color }
}

/** Keys that would change blocks. */
export function press(view: EditorView, event: KeyboardEvent, suggesting: Suggesting): boolean {
  const { selection } = view.state
  const { $from, empty } = selection
  if (event.isComposing || event.altKey || !bearsMarks($from.parent)) return false
  const plain = !event.ctrlKey && !event.metaKey
  if (event.key === 'Enter')
    return proposeBreak(view, event.shiftKey || !plain ? 'line' : breakAt($from), suggesting)
  if (!plain || !empty || !(selection instanceof TextSelection)) return false
  if (event.key === 'Backspace') return joinBefore(view, suggesting)
  if (event.key === 'Delete') return joinBehind(view, suggesting)
  return false
}

function proposeBreak(view: EditorView, kind: Break, suggesting: Suggesting): boolean {
  const { tr, selection } = view.state
  const extent = propose(
    tr,
    { from: selection.from, to: selection.to, pieces: [{ break: kind }] },
    stampBy(suggesting),
  )
  if (extent === null) suggesting.refuse()
  else dispatch(view, tr, extent.end)
  return true
}

/** Already a proposal: it goes as it is. */
function dispatch(view: EditorView, tr: Transaction, caret: number): void {
  tr.setSelection(TextSelection.near(tr.doc.resolve(caret), -1))
  view.dispatch(asItIs(tr).setMeta('preventAutolink', true).scrollIntoView())
}

function joinBefore(view: EditorView, suggesting: Suggesting): boolean {
  const { tr, selection, doc } = view.state
  const { $from } = selection
  if ($from.parentOffset > 0) return false
  const before = neighbour(doc, $from.before(), -1)
  if (before === null) return false
  const end = before.pos + before.node.nodeSize - 1
  const joins = bearsMarks(before.node) && isOpenBetween(doc, end, $from.pos)
  const extent = joins ? propose(tr, { from: end, to: $from.pos, pieces: [] }, stampBy(suggesting)) : null
  if (extent === null) suggesting.refuse()
  // Before the sign: the next key is for the words in front of it.
  else dispatch(view, tr, isLeaving(before.node.lastChild) ? end - 1 : extent.start)
  return true
}

function joinBehind(view: EditorView, suggesting: Suggesting): boolean {
  const { tr, selection, doc } = view.state
  const { $from } = selection
  const rest = $from.parent.content.size - $from.parentOffset
  const atSign = rest === 1 && isLeaving($from.nodeAfter)
  if (rest > 0 && !atSign) return false
  const next = neighbour(doc, $from.after(), 1)
  if (next === null) return true
  const joins = bearsMarks(next.node) && isOpenBetween(doc, $from.pos, next.pos + 1)
  const extent = joins
    ? propose(tr, { from: $from.end(), to: next.pos + 1, pieces: [] }, stampBy(suggesting))
    : null
  if (extent === null) suggesting.refuse()
  else dispatch(view, tr, extent.end)
  return true
}
