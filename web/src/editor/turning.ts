// What a piece of the text can be turned into, and how: by the same blocks the toolbar applies, after
// what would stand in their way is taken off (an item is lifted out of its list, a quote out of its frame).
import type { Editor } from '@tiptap/core'
import { TextSelection } from '@tiptap/pm/state'
import { type Block, KINDS, LISTS } from './blocks'
import { isItem } from './item'
import { isList, type Piece } from './pieces'

const NODES: Record<string, string> = { text: 'paragraph', quote: 'blockquote', code: 'codeBlock' }
const TURNED = new Set(['paragraph', 'heading', 'blockquote', 'codeBlock', 'listItem', 'taskItem'])

/** Offered for lines of text, quotes, code and items. */
export const turnings = (piece: Piece): Block[] =>
  TURNED.has(piece.node.type.name) ? [...KINDS, ...LISTS] : []

/** Whether a piece is of this kind already; an item is of the kind of its list. */
export function isOfKind(editor: Editor, piece: Piece, block: Block): boolean {
  const { node } = piece
  if (isItem(node)) return editor.state.doc.resolve(piece.from).parent.type.name === block.id
  if (node.type.name === 'heading') return block.id === `heading${node.attrs.level}`
  return node.type.name === (NODES[block.id] ?? block.id)
}

export function turnInto(editor: Editor, piece: Piece, block: Block): void {
  const { node, from } = piece
  const $from = editor.state.doc.resolve(from)
  const line = isItem(node) ? node.firstChild : null
  const end = line === null ? from + node.nodeSize - 1 : from + 1 + line.nodeSize
  const chain = editor
    .chain()
    .focus()
    .command(({ tr }) => {
      tr.setSelection(TextSelection.between(tr.doc.resolve(from + 1), tr.doc.resolve(end)))
      return true
    })
  const toList = LISTS.includes(block)
  if (isItem(node) && !toList)
    for (let depth = $from.depth; depth > 0; depth--)
      if (isList($from.node(depth))) chain.liftListItem(node.type.name)
  if (node.type.name === 'blockquote') chain.lift('blockquote')
  if (node.type.name === 'codeBlock') chain.setParagraph()
  block
    .apply(chain)
    .command(({ tr }) => {
      tr.setSelection(TextSelection.near(tr.doc.resolve(tr.selection.to), -1))
      return true
    })
    .run()
}
