// Lists, quotes and tables run as their first words do: the marker of a Hebrew list stands at its right
// on every page. Lines do so by themselves (style/text.css); where there are no words yet, blocks and lines
// run as the page does.
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { Plugin } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'

export type Direction = 'ltr' | 'rtl'

const LEFTWARD = /^[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** The direction of the first letter in a text, or null where it has none. */
export function directionOf(text: string): Direction | null {
  const [letter] = /\p{L}/u.exec(text) ?? []
  return letter === undefined ? null : LEFTWARD.test(letter) ? 'rtl' : 'ltr'
}

/** Nodes never change: what was read of one stays true. */
const known = new WeakMap<Node, Direction | 'none'>()

function read(block: Node): Direction | 'none' {
  let found = known.get(block)
  if (found !== undefined) return found
  block.descendants((node) => {
    if (node.text) found ??= directionOf(node.text) ?? undefined
    return found === undefined && !node.type.spec.code
  })
  const direction = found ?? 'none'
  known.set(block, direction)
  return direction
}

/** The caret moves, and those of others do, in a document that stays: it is drawn once. */
const sets = new WeakMap<Node, DecorationSet>()

function draw(doc: Node): DecorationSet {
  const before = sets.get(doc)
  if (before !== undefined) return before
  const drawn: Decoration[] = []
  const add = (block: Node, at: number, attributes: { dir?: string; class?: string }) =>
    drawn.push(Decoration.node(at, at + block.nodeSize, attributes))
  const page = document.dir || 'ltr'
  doc.descendants((block, at, parent) => {
    if (block.isTextblock) {
      // Browsers take a line without letters for one that runs to the right.
      if (page === 'rtl' && read(block) === 'none') add(block, at, { class: 'wordless' })
      return false
    }
    const dir = parent === doc && !block.isAtom ? read(block) : 'none'
    if (dir !== 'none' && dir !== page) add(block, at, { dir })
    return page === 'rtl'
  })
  const set = DecorationSet.create(doc, drawn)
  sets.set(doc, set)
  return set
}

export const Directions = Extension.create({
  name: 'directions',

  addProseMirrorPlugins() {
    return [
      new Plugin({
        props: {
          decorations: ({ doc }) => draw(doc),
          handleDOMEvents: {
            // Columns that run to the left are not resized by dragging: what does it reckons from the left.
            mousemove: (_, event) => {
              const table = event.target instanceof Element ? event.target.closest('table') : null
              return table !== null && getComputedStyle(table).direction === 'rtl'
            },
          },
        },
      }),
    ]
  },
})
