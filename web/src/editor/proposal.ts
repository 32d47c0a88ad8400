// What an edit becomes when it is only proposed: which words get which mark, and what of it cannot be
// said by marks on words. Pure decisions on documents; deed.ts makes edits of what a page does.
//
// Words that one deletes stay and are marked, except one's own proposed words, which really go. What
// one writes is marked. A block that ends, begins or goes is a sign in the text (suggestion.ts). So
// rejecting all always gives back the text as it was, and accepting all the words that editing would have
// given. Their blocks may be others at an edge: two lines become one where editing would only take one out
// of its list or quotation, and an empty line above a heading is a heading.
import { Fragment, type Mark, type Node, type ResolvedPos, type Slice } from '@tiptap/pm/model'
import type { Transform } from '@tiptap/pm/transform'
import { isItem } from './item'
import {
  type Break,
  breakOf,
  DELETION,
  deletionOf,
  INSERTION,
  insertionOf,
  isLeaving,
  type Stamp,
  signOf,
  stampOf,
} from './suggestion'

export type Piece = { text: string; marks: readonly Mark[] } | { break: Break }

/** Takes out what is between two places, and puts pieces in its place. */
export interface Edit {
  from: number
  to: number
  pieces: Piece[]
}

/** Where a proposal begins and ends in the document that has it. */
export interface Extent {
  start: number
  /** Where what was written begins. */
  at: number
  end: number
}

/** A stretch of one block of text. */
interface Stretch {
  node: Node
  pos: number
  from: number
  to: number
}

const isOpaque = (node: Node): boolean =>
  node.type.spec.code === true || node.type.spec.isolating === true || node.type.spec.tableRole !== undefined

/** Whether nothing but plain blocks ends and begins between two places. */
export function isOpenBetween(doc: Node, before: number, after: number): boolean {
  const $before = doc.resolve(before)
  const $after = doc.resolve(after)
  const shared = $before.sharedDepth(after)
  const opaque = ($at: ResolvedPos) => {
    for (let depth = shared + 1; depth <= $at.depth; depth++) if (isOpaque($at.node(depth))) return true
    return false
  }
  return !opaque($before) && !opaque($after)
}

function marksFit(block: Node): boolean {
  const type = block.type.schema.marks[INSERTION]
  return type !== undefined && block.type.allowsMarkType(type)
}

/** Whether words in a block can be marked. */
export const bearsMarks = (node: Node): boolean =>
  node.isTextblock && node.type.spec.code !== true && marksFit(node)

/** The next or the last block of text, seen from a place between blocks. */
export function neighbour(doc: Node, at: number, direction: 1 | -1): { node: Node; pos: number } | null {
  let found: { node: Node; pos: number } | null = null
  const [from, to] = direction === 1 ? [at, doc.content.size] : [0, at]
  doc.nodesBetween(from, to, (node, pos) => {
    if (direction === 1 && (found !== null || pos < at)) return found === null
    if (direction === -1 && pos + node.nodeSize > at) return true
    if (node.isTextblock || node.isLeaf) found = { node, pos }
    return !node.isTextblock
  })
  return found
}

/** The stretches of text between two places, or null where something lies that bears no marks. */
function stretches(doc: Node, from: number, to: number): Stretch[] | null {
  const found: Stretch[] = []
  let possible = true
  doc.nodesBetween(from, to, (node, pos) => {
    const end = pos + node.nodeSize
    const crossed = from <= pos || to >= end
    if (node.isTextblock) {
      if (!bearsMarks(node)) possible = false
      else found.push({ node, pos, from: Math.max(from, pos + 1), to: Math.min(to, end - 1) })
      return false
    }
    if (node.isLeaf || (crossed && isOpaque(node))) possible = false
    return possible
  })
  for (const [place, next] of found.entries()) {
    const last = found[place - 1]
    if (last !== undefined && !isOpenBetween(doc, last.to, next.from)) possible = false
  }
  return possible ? found : null
}

/** Where an edit takes place when it is between blocks: in one of those, with a break. */
function intoBlock(doc: Node, edit: Edit): Edit | null {
  const $at = doc.resolve(edit.from)
  if ($at.parent.inlineContent) return bearsMarks($at.parent) ? edit : null
  const { nodeBefore, nodeAfter, pos } = $at
  if (nodeBefore && bearsMarks(nodeBefore))
    return { from: pos - 1, to: pos - 1, pieces: [{ break: 'paragraph' }, ...edit.pieces] }
  if (nodeAfter && bearsMarks(nodeAfter))
    return { from: pos + 1, to: pos + 1, pieces: [...edit.pieces, { break: 'block' }] }
  return null
}

/** Own marks on both sides of an edit: it belongs to that suggestion. */
function goesOnWith(doc: Node, from: number, to: number, by: string): Stamp | null {
  for (const node of [doc.resolve(from).nodeBefore, doc.resolve(to).nodeAfter])
    for (const mark of [insertionOf(node), deletionOf(node)])
      if (mark !== undefined && mark.attrs.by === by) return stampOf(mark)
  return null
}

/**
 * Proposes an edit in the document of `transform`. Null when it cannot be proposed; then nothing was
 * done.
 */
export function propose(transform: Transform, wanted: Edit, fresh: Stamp): Extent | null {
  const { doc } = transform
  const edit = wanted.from === wanted.to ? intoBlock(doc, wanted) : wanted
  if (edit === null) return null
  const { from, to, pieces } = edit
  const stamp = goesOnWith(doc, from, to, fresh.by) ?? fresh
  const start = transform.steps.length
  const mapped = (at: number, side: 1 | -1) => transform.mapping.slice(start).map(at, side)
  let at = to
  if (from < to) {
    const parts = stretches(doc, from, to)
    const first = parts?.[0]
    const last = parts?.at(-1)
    if (!parts || !first || !last) return null
    const whole = from <= first.pos && to >= last.pos + last.node.nodeSize
    at = last.to
    deleteStretches(transform, parts, stamp, whole && pieces.length === 0)
  }
  const place = mapped(at, 1)
  if (pieces.length === 0) return { start: mapped(from, -1), at: place, end: place }
  return { start: mapped(from, -1), ...insertPieces(transform, place, pieces, stamp) }
}

/** The transform is changed from the end to the start, so that places before stay what they are. */
function deleteStretches(transform: Transform, parts: Stretch[], stamp: Stamp, whole: boolean): void {
  const { doc } = transform
  const first = parts[0]
  const last = parts.at(-1)
  if (first === undefined || last === undefined) return
  // Blocks that go as a whole: the last of them goes into the next, or the first into the one before.
  const behind = whole ? neighbour(doc, last.pos + last.node.nodeSize, 1) : null
  const joinsNext = behind !== null && bearsMarks(behind.node) && isOpenBetween(doc, last.to, behind.pos + 1)
  for (let place = parts.length - 1; place >= 0; place--) {
    const part = parts[place]
    if (part === undefined) continue
    const ends = place < parts.length - 1 || joinsNext
    if (ends && !isLeaving(part.node.lastChild))
      leave(transform, part.pos + part.node.nodeSize - 1, 'join', stamp)
    deleteInline(transform, part, ends, stamp)
  }
  if (!whole || joinsNext) return
  const ahead = neighbour(doc, first.pos, -1)
  if (ahead === null || !bearsMarks(ahead.node) || isLeaving(ahead.node.lastChild)) return
  const end = ahead.pos + ahead.node.nodeSize - 1
  if (isOpenBetween(doc, end, first.pos + 1)) leave(transform, end, 'join', stamp)
}

function deleteInline(transform: Transform, part: Stretch, ends: boolean, stamp: Stamp): void {
  const { schema } = part.node.type
  const children: { node: Node; from: number; to: number; next: Node | null }[] = []
  part.node.forEach((node, offset, index) => {
    const pos = part.pos + 1 + offset
    const from = Math.max(part.from, pos)
    const to = Math.min(part.to, pos + node.nodeSize)
    if (from < to) children.push({ node, from, to, next: part.node.maybeChild(index + 1) })
  })
  for (const { node, from, to, next } of children.reverse()) {
    if (!node.isText) {
      if (!isLeaving(transform.doc.resolve(from).nodeBefore)) leave(transform, from, 'thing', stamp)
      continue
    }
    // What such a sign takes away goes in any case.
    const holds = isLeaving(node) && (next === null ? ends : !next.isText && to < part.to)
    if (holds) continue
    if (insertionOf(node)?.attrs.by === stamp.by) transform.delete(from, to)
    else if (deletionOf(node) === undefined) transform.addMark(from, to, schema.mark(DELETION, stamp))
  }
}

/** Puts the sign for something that is to go. */
function leave(transform: Transform, at: number, kind: Break, stamp: Stamp): void {
  const { schema } = transform.doc.type
  const marks = [schema.mark(INSERTION, { ...stamp, break: kind }), schema.mark(DELETION, stamp)]
  transform.insert(at, schema.text(signOf(kind), marks))
}

function insertPieces(
  transform: Transform,
  place: number,
  pieces: Piece[],
  stamp: Stamp,
): { at: number; end: number } {
  const { schema } = transform.doc.type
  const $place = transform.doc.resolve(place)
  // What is written behind the end of a block that is to go belongs before that end.
  const at = isLeaving($place.nodeBefore) && !$place.nodeAfter?.isText ? place - 1 : place
  const nodes = pieces.map((piece) =>
    'break' in piece
      ? schema.text(signOf(piece.break), [schema.mark(INSERTION, { ...stamp, break: piece.break })])
      : schema.text(piece.text, schema.mark(INSERTION, stamp).addToSet(plainMarks(piece.marks))),
  )
  transform.insert(at, Fragment.fromArray(nodes))
  return {
    at,
    end: at + pieces.reduce((size, piece) => size + ('break' in piece ? 1 : piece.text.length), 0),
  }
}

const plainMarks = (marks: readonly Mark[]): Mark[] =>
  marks.filter((mark) => mark.type.name !== INSERTION && mark.type.name !== DELETION)

/** A line as pieces, or null when something in it is no text. What is marked as deleted is left out. */
function lineOf(block: Node): Piece[] | null {
  const pieces: Piece[] = []
  let possible = true
  block.forEach((node) => {
    const kind = breakOf(insertionOf(node))
    if (deletionOf(node) !== undefined) return
    if (kind !== null) for (const _ of node.text ?? '') pieces.push({ break: kind })
    else if (node.isText) pieces.push({ text: node.text ?? '', marks: node.marks })
    else if (node.type.name === 'hardBreak') pieces.push({ break: 'line' })
    else possible = false
  })
  return possible ? pieces : null
}

/** What a slice holds, as pieces at a place; null when it holds more than lines of text. */
export function piecesOf(slice: Slice, $at: ResolvedPos): Piece[] | null {
  if (slice.size === 0) return []
  if (slice.content.firstChild?.isInline) {
    const schema = slice.content.firstChild.type.schema
    return lineOf(schema.nodes.paragraph?.create(null, slice.content) ?? slice.content.firstChild)
  }
  const lines: { block: Node; path: Node[] }[] = []
  let possible = true
  const visit = (node: Node, path: Node[]) => {
    if (node.isTextblock) lines.push({ block: node, path: [...path, node] })
    else if (node.isLeaf || isOpaque(node)) possible = false
    else visitAll(node.content, [...path, node])
  }
  const visitAll = (inside: Fragment, path: Node[]) => {
    inside.forEach((child) => {
      visit(child, path)
    })
  }
  visitAll(slice.content, [])
  const [first] = lines
  const last = lines.at(-1)
  if (!possible || first === undefined || last === undefined) return null
  const around: Node[] = []
  for (let depth = 1; depth <= $at.depth; depth++) around.push($at.node(depth))
  const opensLeft = slice.openStart >= first.path.length
  const opensRight = slice.openEnd >= last.path.length
  const pieces: Piece[] = []
  for (const [index, line] of lines.entries()) {
    const inline = lineOf(line.block)
    if (inline === null) return null
    const merged = (index === 0 && opensLeft) || (index === lines.length - 1 && opensRight)
    // Blocks of another kind than the place has are not lines of text.
    const like = around.slice(around.length - line.path.length)
    const fits = line.path.every((node, depth) => {
      const there = like[depth]
      if (node.isTextblock) return merged || node.type.name === 'paragraph'
      return there !== undefined && there.type === node.type
    })
    if (!fits && lines.length > 1) return null
    if (!fits && !merged) return null
    if (index > 0) pieces.push({ break: breakBefore(line, around) })
    pieces.push(...inline)
  }
  return pieces
}

function breakBefore(line: { block: Node; path: Node[] }, around: Node[]): Break {
  if (line.path.length > 1 && isItem(line.path.at(-2))) return 'item'
  const here = around.at(-1)
  return line.block.type.name === 'paragraph' && here?.type !== line.block.type ? 'paragraph' : 'block'
}

/** What the Enter key proposes at a place. */
export function breakAt($at: ResolvedPos): Break {
  if ($at.depth > 1 && isItem($at.node(-1))) return 'item'
  const atEnd = $at.parentOffset === $at.parent.content.size
  return atEnd && $at.parent.type.name !== 'paragraph' ? 'paragraph' : 'block'
}
