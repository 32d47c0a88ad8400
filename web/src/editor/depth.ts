// How deep blocks may stand in each other. The server refuses an update that nests far deeper, and a page
// whose changes were refused could not save anything any more: so such a thing never gets into the document.
// What is pasted is made flat below a depth that nobody writes by hand: the lines stay, their frames go.
import { Extension } from '@tiptap/core'
import { Fragment, type Node, Slice } from '@tiptap/pm/model'
import { Plugin, type Transaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { message } from '../i18n/message'

/** Of one paste. */
const PASTED = 24
/** Of a whole document; the server takes 256. */
const MOST = 120

/** The lines in a block, without what is around them. */
function linesOf(block: Node): Node[] {
  const lines: Node[] = []
  const { paragraph } = block.type.schema.nodes
  block.descendants((node) => {
    if (node.type.isInGroup('block') ? node.isTextblock || node.isLeaf : false) lines.push(node)
    else if (node.isTextblock && paragraph) lines.push(paragraph.create(null, node.content))
    return !node.isTextblock
  })
  return lines
}

function flat(content: Fragment, depth: number): Fragment {
  const nodes: Node[] = []
  content.forEach((node) => {
    if (node.isLeaf || node.isTextblock) nodes.push(node)
    else if (depth >= PASTED && node.type.isInGroup('block')) nodes.push(...linesOf(node))
    else nodes.push(node.copy(flat(node.content, depth + 1)))
  })
  return Fragment.fromArray(nodes)
}

/** How far one can go down at one side. */
function side(content: Fragment, child: 'firstChild' | 'lastChild'): number {
  const node = content[child]
  return node === null || node.isLeaf ? 0 : 1 + side(node.content, child)
}

/** What is pasted, no deeper than a paste may be. */
export function shallow({ content, openStart, openEnd }: Slice): Slice {
  const made = flat(content, 0)
  return new Slice(
    made,
    Math.min(openStart, side(made, 'firstChild')),
    Math.min(openEnd, side(made, 'lastChild')),
  )
}

/** The deepest block that touches a part of the content of a node. */
function depthIn(node: Node, from: number, to: number): number {
  let deepest = 0
  node.forEach((child, at) => {
    if (!child.isBlock || at > to || at + child.nodeSize < from) return
    deepest = Math.max(deepest, 1 + depthIn(child, from - at - 1, to - at - 1))
  })
  return deepest
}

/** Whether a change would nest blocks deeper than they may be. */
function goesTooDeep(transaction: Transaction): boolean {
  const range = transaction.changedRange()
  // What others wrote is there already.
  if (range === null || transaction.getMeta(ySyncPluginKey) !== undefined) return false
  const deepest = depthIn(transaction.doc, range.from, range.to)
  if (deepest <= MOST) return false
  // Where it is deep already, one may write, and take away.
  return deepest > depthIn(transaction.before, 0, transaction.before.content.size)
}

export const Depth = Extension.create<{ tell: (text: string) => void }>({
  name: 'depth',
  addOptions: () => ({ tell: () => undefined }),
  addProseMirrorPlugins() {
    const { tell } = this.options
    return [
      new Plugin({
        filterTransaction(transaction) {
          const refused = goesTooDeep(transaction)
          if (refused) tell(message('depth.refused'))
          return !refused
        },
      }),
    ]
  },
})
