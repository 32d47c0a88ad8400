// A piece of the text: what one takes hold of as a whole, a block of the document or an item of a list.
// Where it goes, what becomes of it on its way (an item that leaves its list gets a list of its own), and
// what is left behind. Everything works on one transaction: one step back undoes it.
//
// A piece that is held while others write is followed from document to document (`followPiece`): the binding
// replaces the whole document when somebody else writes, and nothing maps a position through that.
import { Fragment, type Node, type ResolvedPos, type Schema } from '@tiptap/pm/model'
import { TextSelection, type Transaction } from '@tiptap/pm/state'
import { follow, smallestChange } from './caretmap'
import { isItem } from './item'
import { renewed } from './suggestion'

export interface Piece {
  /** The position in front of it. */
  from: number
  node: Node
}

const LISTS = new Set(['bulletList', 'orderedList', 'taskList'])

export const isList = (node: Node): boolean => LISTS.has(node.type.name)
/** A heading with an address; an empty one has none. */
export const isHeading = ({ node }: Piece): boolean =>
  node.type.name === 'heading' && node.textContent.trim() !== ''
export const endOf = (piece: Piece): number => piece.from + piece.node.nodeSize

/** The innermost piece around a position. What is in a table goes with the table. */
export function pieceAt($position: ResolvedPos): Piece | null {
  let found: Piece | null = null
  for (let depth = 1; depth <= $position.depth; depth++) {
    const node = $position.node(depth)
    if (depth === 1 || isItem(node)) found = { from: $position.before(depth), node }
    if (node.type.spec.tableRole !== undefined) return found
  }
  if (found !== null) return found
  const node = $position.nodeAfter
  return node === null ? null : { from: $position.pos, node }
}

/** The piece whose front is this position, if it is one still. */
export function pieceFrom(doc: Node, from: number): Piece | null {
  const node = from < doc.content.size ? doc.nodeAt(from) : null
  return node === null || node.isText ? null : { from, node }
}

/** Where pieces are that are like this one. */
function find(doc: Node, like: (node: Node) => boolean): number[] {
  const found: number[] = []
  doc.descendants((node, position) => {
    if (like(node)) found.push(position)
    return isList(node) || isItem(node)
  })
  return found
}

/**
 * The same piece in a later document; null when it is gone, or was rebuilt and cannot be told. Mostly what
 * nobody touched is the same node still; after the first remote change it is at least an equal one.
 */
export function followPiece(before: Node, after: Node, piece: Piece): Piece | null {
  const { node } = piece
  if (after.nodeAt(Math.min(piece.from, after.content.size)) === node) return piece
  const [unchanged] = find(after, (other) => other === node)
  if (unchanged !== undefined) return { from: unchanged, node }
  const change = smallestChange(before, after)
  const from = change === null ? piece.from : follow(before, after, change, piece.from)
  const there = from === null ? null : pieceFrom(after, from)
  if (there?.node.eq(node)) return there
  const equal = find(after, (other) => other.eq(node))
  const [only] = equal
  if (only !== undefined) return equal.length === 1 ? pieceFrom(after, only) : null
  if (there === null || there.node.type !== node.type) return null
  // What stood elsewhere before is not what was taken.
  return find(before, (other) => other.eq(there.node)).length === 0 ? there : null
}

/** The block of the document that holds a position, and its end. */
function outermost(doc: Node, position: number): { from: number; end: number } {
  const $position = doc.resolve(position)
  return $position.depth === 0
    ? { from: position, end: position }
    : { from: $position.before(1), end: $position.after(1) }
}

/** The node as it may stand at a place; null where it may not. */
function formAt(node: Node, source: Node, $at: ResolvedPos): Node | null {
  const { parent } = $at
  let fitted: Node | null = null
  if (isList(parent)) {
    const item = parent.type.contentMatch.defaultType
    if (item === null) return null
    if (node.type === item) fitted = node
    else if (isItem(node)) fitted = item.create(null, node.content)
    else if (node.type.name === 'paragraph') fitted = item.create(null, node)
  } else fitted = isItem(node) ? source.type.create(null, node) : node
  return fitted !== null && parent.canReplaceWith($at.index(), $at.index(), fitted.type) ? fitted : null
}

/** The place nearest to `at` where the piece may stand: there, or next to the block that holds it. */
export function placeFor(doc: Node, piece: Piece, at: number, after: boolean): number | null {
  const source = doc.resolve(piece.from).parent
  if (formAt(piece.node, source, doc.resolve(at)) !== null) return at
  const { from, end } = outermost(doc, at)
  const outside = after ? end : from
  return formAt(piece.node, source, doc.resolve(outside)) === null ? null : outside
}

/** What goes with a piece: lists that would be empty without it. */
function holeOf(doc: Node, piece: Piece): { from: number; to: number } {
  const $from = doc.resolve(piece.from)
  let hole = { from: piece.from, to: endOf(piece) }
  for (let depth = $from.depth; depth > 0; depth--) {
    const node = $from.node(depth)
    if (node.childCount > 1 || !(isList(node) || isItem(node))) break
    hole = { from: $from.before(depth), to: $from.after(depth) }
  }
  return hole
}

/** Puts the piece at another place; the caret goes with it. False when nothing would change. */
export function movePiece(transaction: Transaction, piece: Piece, at: number): boolean {
  const { doc, selection } = transaction
  if (at >= piece.from && at <= endOf(piece)) return false
  const fitted = formAt(piece.node, doc.resolve(piece.from).parent, doc.resolve(at))
  if (fitted === null) return false
  const inside = selection.anchor > piece.from && selection.anchor < endOf(piece)
  const offset = inside ? selection.anchor - piece.from : 1
  const hole = holeOf(doc, piece)
  transaction.insert(at, fitted)
  const shift = at <= hole.from ? fitted.nodeSize : 0
  transaction.delete(hole.from + shift, hole.to + shift)
  const start = at <= hole.from ? at : at - (hole.to - hole.from)
  const wrapped = fitted.nodeSize > piece.node.nodeSize ? 1 : 0
  setCaret(transaction, start + wrapped + offset)
  return true
}

function setCaret(transaction: Transaction, position: number): void {
  const bound = Math.min(Math.max(0, position), transaction.doc.content.size)
  transaction.setSelection(TextSelection.near(transaction.doc.resolve(bound))).scrollIntoView()
}

/** Where a piece goes by one step up or down; null at the edge of the document. */
export function stepOf(doc: Node, piece: Piece, down: boolean): number | null {
  const $from = doc.resolve(piece.from)
  const index = $from.index()
  const sibling = down
    ? index + 1 < $from.parent.childCount && $from.parent.child(index + 1)
    : index > 0 && $from.parent.child(index - 1)
  if (sibling) return down ? endOf(piece) + sibling.nodeSize : piece.from - sibling.nodeSize
  // The first and the last item of a list leave it.
  if ($from.depth === 0) return null
  const { from, end } = outermost(doc, piece.from)
  const only = $from.parent.childCount === 1 && $from.depth === 1
  if (!only) return down ? end : from
  const $edge = doc.resolve(down ? end : from)
  const next = down ? $edge.nodeAfter : $edge.nodeBefore
  return next === null ? null : down ? end + next.nodeSize : from - next.nodeSize
}

/**
 * Nodes of their own, without the threads of comments, which belong to the words they were made on, and
 * with suggestions of their own.
 */
export function copyOf(schema: Schema, node: Node): Node {
  const bare = (copied: Node): Node => {
    const marks = copied.marks.filter((mark) => mark.type.name !== 'comment')
    if (copied.isText) return schema.text(copied.text ?? '', marks)
    const children: Node[] = []
    copied.forEach((child) => {
      children.push(bare(child))
    })
    return copied.type.create(copied.attrs, Fragment.from(children), marks)
  }
  return renewed(Fragment.from(bare(node))).child(0)
}

/** Puts a copy behind the piece, and the caret into it. */
export function duplicatePiece(transaction: Transaction, piece: Piece): void {
  const end = endOf(piece)
  transaction.insert(end, copyOf(piece.node.type.schema, piece.node))
  setCaret(transaction, end + 1)
}

export function removePiece(transaction: Transaction, piece: Piece): void {
  const { from, to } = holeOf(transaction.doc, piece)
  transaction.delete(from, to)
  setCaret(transaction, from)
}

/**
 * A line to write on behind the piece, with the caret in it and a "/" that opens the menu of blocks;
 * a line that is empty already is used as it is.
 */
export function writeBelow(transaction: Transaction, piece: Piece): boolean {
  const { schema } = piece.node.type
  const paragraph = schema.nodes.paragraph
  if (paragraph === undefined) return false
  const line = isItem(piece.node) ? piece.node.firstChild : piece.node
  const depth = isItem(piece.node) ? 2 : 1
  let caret = piece.from + depth
  if (line?.type !== paragraph || line.content.size > 0) {
    const end = endOf(piece)
    transaction.insert(
      end,
      isItem(piece.node) ? piece.node.type.create(null, paragraph.create()) : paragraph.create(),
    )
    caret = end + depth
  }
  transaction.insertText('/', caret).setSelection(TextSelection.create(transaction.doc, caret + 1))
  transaction.scrollIntoView()
  return true
}
