// Which piece of the text is at a height of the page, and where a piece that is dragged there would go.
// Read from what is drawn, in steps of halving: a frame of a moving mouse costs the same in a long text.
import type { EditorView } from '@tiptap/pm/view'
import { isItem } from './item'
import { endOf, isList, type Piece, pieceFrom, placeFor } from './pieces'

export interface Seen extends Piece {
  dom: HTMLElement
}

/** The last child that begins above a height, or the first of all. */
function childAt(parent: Element, y: number): HTMLElement | null {
  const { children } = parent
  let low = 0
  let high = children.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((children[middle]?.getBoundingClientRect().top ?? 0) <= y) low = middle
    else high = middle - 1
  }
  const child = children[low]
  return child instanceof HTMLElement ? child : null
}

/** The position in front of what this element shows; null when it shows nothing of the document any more. */
export function positionOf(view: EditorView, dom: HTMLElement): number | null {
  if (!view.dom.contains(dom) || dom === view.dom) return null
  const inside = view.posAtDOM(dom, 0)
  if (inside < 0 || inside > view.state.doc.content.size) return null
  const $inside = view.state.doc.resolve(inside)
  for (let depth = $inside.depth; depth > 0; depth--)
    if (view.nodeDOM($inside.before(depth)) === dom) return $inside.before(depth)
  return view.nodeDOM(inside) === dom ? inside : null
}

/** The piece an element shows now. */
export function pieceOf(view: EditorView, dom: HTMLElement): Piece | null {
  const from = positionOf(view, dom)
  return from === null ? null : pieceFrom(view.state.doc, from)
}

function seen(view: EditorView, dom: HTMLElement | null): Seen | null {
  const piece = dom === null ? null : pieceOf(view, dom)
  return piece === null || dom === null ? null : { ...piece, dom }
}

/** The list inside an item that reaches over a height. */
function innerList(view: EditorView, item: Seen, y: number): HTMLElement | null {
  let found: HTMLElement | null = null
  item.node.forEach((child, offset) => {
    if (!isList(child)) return
    const dom = view.nodeDOM(item.from + 1 + offset)
    if (dom instanceof HTMLElement && dom.getBoundingClientRect().top <= y) found = dom
  })
  return found
}

export function pieceUnder(view: EditorView, y: number): Seen | null {
  let piece = seen(view, childAt(view.dom, y))
  let list = piece !== null && isList(piece.node) ? piece.dom : null
  while (list !== null) {
    const item = seen(view, childAt(list, y))
    if (item === null || !isItem(item.node)) break
    piece = item
    list = innerList(view, item, y)
  }
  return piece
}

/** The element of the first line in a piece. */
export const firstLine = (dom: HTMLElement): HTMLElement =>
  dom.matches('p, h1, h2, h3, h4') ? dom : (dom.querySelector<HTMLElement>('p, h1, h2, h3, h4') ?? dom)

export interface Landing {
  at: number
  /** Where the line is drawn that shows it, on the screen. */
  y: number
  left: number
  right: number
}

/** Where a piece goes that is let go at this height. */
export function landingAt(view: EditorView, piece: Piece, y: number): Landing | null {
  const target = pieceUnder(view, y)
  if (target === null) return null
  const box = target.dom.getBoundingClientRect()
  const line = isItem(target.node) ? firstLine(target.dom).getBoundingClientRect() : box
  const after = y > (line.top + line.bottom) / 2
  let at = after ? endOf(target) : target.from
  let edge = after ? box.bottom : box.top
  let { left } = box
  if (after && isItem(target.node))
    target.node.forEach((child, offset) => {
      // Behind the own line of an item is in front of what hangs under it.
      if (!isList(child) || at !== endOf(target)) return
      at = target.from + 1 + offset + 1
      edge = line.bottom
      const inner = view.nodeDOM(at)
      if (inner instanceof HTMLElement) left = inner.getBoundingClientRect().left
    })
  const place = placeFor(view.state.doc, piece, at, after)
  if (place === null) return null
  if (place === at) return { at, y: edge, left, right: box.right }
  const outer = [...view.dom.children].find((child) => child.contains(target.dom))
  const outside = (outer ?? target.dom).getBoundingClientRect()
  return { at: place, y: after ? outside.bottom : outside.top, left: outside.left, right: outside.right }
}
