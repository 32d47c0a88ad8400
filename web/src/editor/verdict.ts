// What comes of suggestions when somebody accepts or rejects them. Pure decisions on documents; nothing here
// knows who decides. Fetched with the parts that show suggestions.
import type { Node } from '@tiptap/pm/model'
import type { Transform } from '@tiptap/pm/transform'
import { canSplit } from '@tiptap/pm/transform'
import { isItem } from './item'
import { isOpenBetween, neighbour } from './proposal'
import { forEachBit } from './proposed'
import { type Break, deletionOf, insertionOf, isLeaving, signIn } from './suggestion'

/** Accepts or rejects suggestions: all, or those of some ids. */
export function decide(
  transform: Transform,
  verdict: 'accept' | 'reject',
  ids: ReadonlySet<string> | null,
): void {
  const chosen = (id: unknown) => ids === null || (typeof id === 'string' && ids.has(id))
  // From the end to the start: what is before stays where it is.
  for (const { node, pos } of bitsFromEnd(transform.doc)) {
    const end = pos + node.nodeSize
    const added = insertionOf(node)
    const deleted = deletionOf(node)
    const adds = added !== undefined && chosen(added.attrs.id)
    const deletes = deleted !== undefined && chosen(deleted.attrs.id)
    if (verdict === 'reject') {
      if (adds) transform.delete(pos, end)
      else if (deletes) transform.removeMark(pos, end, deleted)
    } else if (deletes) {
      const kind = isLeaving(node) ? signIn(node) : null
      // Blocks become one when all else is done: only then it is known which of them are empty.
      if (kind === 'join') continue
      transform.delete(pos, end)
      if (kind === 'thing') takeThing(transform, pos)
    } else if (adds) {
      const kind = signIn(node)
      if (kind === null) transform.removeMark(pos, end, added)
      else become(transform, pos, end, kind)
    }
  }
  if (verdict === 'reject') return
  for (const { node, pos } of bitsFromEnd(transform.doc)) {
    if (!isLeaving(node) || !chosen(deletionOf(node)?.attrs.id)) continue
    transform.delete(pos, pos + node.nodeSize)
    join(transform, pos)
  }
}

function bitsFromEnd(doc: Node): { node: Node; pos: number }[] {
  const bits: { node: Node; pos: number }[] = []
  forEachBit(doc, (node, pos) => bits.push({ node, pos }))
  return bits.reverse()
}

/** The block at `at` and the next one become one; an empty one goes, so that the other keeps its kind. */
function join(transform: Transform, at: number): void {
  const { doc } = transform
  const $at = doc.resolve(at)
  const end = $at.end()
  const next = neighbour(doc, $at.after(), 1)
  if (next === null || !next.node.isTextblock || !isOpenBetween(doc, end, next.pos + 1)) return
  if ($at.parent.content.size > 0) {
    transform.delete(end, next.pos + 1)
    return
  }
  let depth = $at.depth
  const shared = $at.sharedDepth(next.pos + 1)
  while (depth - 1 > shared && $at.node(depth - 1).childCount === 1) depth--
  const index = $at.index(depth - 1)
  if ($at.node(depth - 1).canReplace(index, index + 1)) transform.delete($at.before(depth), $at.after(depth))
  else transform.delete(end, next.pos + 1)
}

function takeThing(transform: Transform, at: number): void {
  const thing = transform.doc.resolve(at).nodeAfter
  if (thing !== null && !thing.isText) transform.delete(at, at + thing.nodeSize)
}

/** A sign becomes what it stands for; where that cannot be, a space, so that words stay apart. */
function become(transform: Transform, pos: number, end: number, kind: Break): void {
  const { schema } = transform.doc.type
  const $pos = transform.doc.resolve(pos)
  const { hardBreak, paragraph } = schema.nodes
  if (kind === 'line') {
    const place = $pos.parent.type.contentMatch.matchFragment($pos.parent.content)
    if (hardBreak && place) transform.replaceWith(pos, end, hardBreak.create())
    else transform.replaceWith(pos, end, schema.text(' '))
    return
  }
  transform.delete(pos, end)
  const item = kind === 'item' && $pos.depth > 1 && isItem($pos.node(-1)) ? $pos.node(-1) : null
  const depth = item === null ? 1 : 2
  const types =
    item !== null
      ? [{ type: item.type }, null]
      : kind === 'paragraph' && paragraph
        ? [{ type: paragraph }]
        : undefined
  if (canSplit(transform.doc, pos, depth, types)) transform.split(pos, depth, types)
  else transform.insert(pos, schema.text(' '))
}
