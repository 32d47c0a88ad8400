// Lists of one kind become lists of another where they stand: what is nested stays nested, and the caret
// stays in its word. Of what is selected, all lists with a line in it do; lines beside them stay lines.
//
// The library does so for bullets and numbers only, whose items are of one kind; tasks it would take out of
// their lists. Its own command is left out of the bundle (bundle/dropped.ts).
import { TaskItem } from '@tiptap/extension-list'
import { Fragment, type Node, type NodeType, Slice } from '@tiptap/pm/model'
import { TextSelection, type Transaction } from '@tiptap/pm/state'
import { ReplaceAroundStep } from '@tiptap/pm/transform'
import { isItem } from './item'

/** Joins two lists of this kind that stand one behind the other. */
function joinAt(tr: Transaction, type: NodeType, at: number): void {
  const { nodeBefore, nodeAfter } = tr.doc.resolve(at)
  const kinds = [nodeBefore, nodeAfter].map((node) => node?.type === type && (node.attrs.type ?? '1'))
  if (kinds[0] && kinds[0] === kinds[1]) tr.join(at)
}

/** Turns one list. The item with the caret is left in its place, so that what is mapped through this stays there. */
function turnList(tr: Transaction, type: NodeType, at: number, list: Node): void {
  const { selection } = tr
  let held = 0
  let gap = at + 2
  list.forEach((_, offset, index) => {
    if (selection.head <= at + 1 + offset) return
    held = index
    gap = at + 2 + offset
  })
  const items = list.children.flatMap(
    ({ attrs, content, marks }, index) =>
      type.contentMatch.defaultType?.create(attrs, index === held ? null : content, marks) ?? [],
  )
  const made = new Slice(Fragment.from(type.create(list.attrs, items, list.marks)), 0, 0)
  const gapEnd = gap + list.child(held).content.size
  const selected = selection.getBookmark()
  tr.step(new ReplaceAroundStep(at, at + list.nodeSize, gap, gapEnd, made, gap - at))
  // All is as long as before.
  tr.setSelection(selected.resolve(tr.doc))
}

/** Whether there were lists of another kind; null where no line is in a list. */
function turnLists(tr: Transaction, type: NodeType): boolean | null {
  const { doc, selection } = tr
  const lists = new Set<number>()
  for (const { $from, $to } of selection.ranges)
    doc.nodesBetween($from.pos, $to.pos, (node, at, parent) => {
      if (node.isTextblock && parent !== null && isItem(parent)) lists.add(doc.resolve(at).before(-1))
    })
  let turned = lists.size > 0 ? false : null
  // The last one first: what changes its size stands behind the others, or in them.
  for (const at of [...lists].reverse()) {
    const list = tr.doc.nodeAt(at)
    if (list === null) continue
    if (list.type !== type) {
      turnList(tr, type, at, list)
      turned = true
    }
    joinAt(tr, type, at + list.nodeSize)
    joinAt(tr, type, at)
  }
  return turned
}

export const Tasks = TaskItem.extend({
  addCommands() {
    return {
      toggleList:
        (list, item) =>
        ({ tr, state, chain, commands, can }) => {
          const type = state.schema.nodes[String(list)]
          if (type === undefined) return false
          const turned = turnLists(tr, type)
          if (turned) return true
          if (turned === false) {
            // All may be selected, which begins in no list.
            tr.setSelection(TextSelection.between(tr.selection.$from, tr.selection.$to))
            if (chain().liftListItem(item).run()) return true
          }
          return chain()
            .command(() => can().wrapInList(list) || commands.clearNodes())
            .wrapInList(list)
            .command(() => turnLists(tr, type) !== null)
            .run()
        },
    }
  },

  addInputRules() {
    // A line of a list cannot be wrapped: its list is turned.
    return (this.parent?.() ?? []).map((rule) => {
      const wrap = rule.handler
      rule.handler = (props) => {
        if (wrap(props) !== null) return
        const { tr, schema } = props.state
        const type = schema.nodes.taskList
        if (type === undefined || !turnLists(tr, type)) return null
        props
          .chain()
          .updateAttributes(this.name, { checked: props.match.at(-1) === 'x' })
          .run()
      }
      return rule
    })
  },
})
