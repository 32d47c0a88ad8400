// A copy of a document for a page that must not write it: it follows the document, and nothing ever
// goes back. What the page cannot build is taken out of the copy before the binding sees it: elements
// leave, and what stands where it must not; texts lose the marks that they cannot have and keep their words.
import { Fragment, type NodeType, type Schema } from '@tiptap/pm/model'
import * as Y from 'yjs'
import { CONTENT } from '../sync/roots'
import { childIn, isForm, type Piece, standIn, storedName, typeOf } from './foreign'

function cleanText(text: Y.XmlText, parent: NodeType): void {
  const wrong: Record<string, null> = {}
  let at = 0
  const strange: number[] = []
  for (const { insert, attributes = {} } of text.toDelta() as Piece[]) {
    if (typeof insert !== 'string') strange.push(at)
    at += typeof insert === 'string' ? insert.length : 1
    for (const name of Object.keys(attributes)) {
      const mark = parent.schema.marks[storedName(name)]
      if (mark === undefined || !parent.allowsMarkType(mark)) wrong[name] = null
    }
  }
  for (const place of strange.reverse()) text.delete(place, 1)
  if (Object.keys(wrong).length > 0) text.format(0, text.length, wrong)
}

interface Stray {
  at: number
  length: number
}

/** What directly in an element cannot be built, from first to last; signs side by side are one. */
function straysIn(parent: Y.XmlFragment, type: NodeType): Stray[] {
  const strays: Stray[] = []
  let match = type.contentMatch
  let first = true
  for (const [at, child] of (parent.toArray() as unknown[]).entries()) {
    let node = childIn(type, child)
    if (node === undefined) continue
    // Bare words are shown in a line (tolerance.ts).
    const { paragraph } = type.schema.nodes
    if (node?.isText && !type.inlineContent && paragraph) node = standIn(paragraph)
    let next = node === null ? null : match.matchType(node.type)
    // What is missing in front of it is filled in.
    if (node !== null && next === null && first) {
      const missing = match.fillBefore(Fragment.from(node))
      next = missing === null ? null : (match.matchFragment(missing)?.matchType(node.type) ?? null)
    }
    if (next !== null) {
      match = next
      first = false
      continue
    }
    const last = strays.at(-1)
    if (typeof child === 'string' && last !== undefined && last.at + last.length === at) last.length += 1
    else strays.push({ at, length: 1 })
  }
  return strays
}

function clean(parent: Y.XmlFragment, schema: Schema, transaction: Y.Transaction): void {
  const type = typeOf(parent, schema)
  if (type === null) return
  // Before what is counted: they would be taken for some of it.
  for (let item = parent._start; item !== null; item = item.right) if (isForm(item)) item.delete(transaction)
  // From the end, so that the places of those before stay what they are.
  for (const { at, length } of straysIn(parent, type).reverse()) parent.delete(at, length)
  for (const child of parent.toArray()) {
    if (child instanceof Y.XmlText) cleanText(child, type)
    else if (child instanceof Y.XmlElement) clean(child, schema, transaction)
  }
}

/** How many pieces of a document its shadow does not show. */
export function countMissing(parent: Y.XmlFragment, schema: Schema): number {
  const type = typeOf(parent, schema)
  if (type === null) return 0
  const strays = straysIn(parent, type)
  let missing = strays.length
  const gone = new Set(strays.map(({ at }) => at))
  for (const [at, child] of parent.toArray().entries())
    if (child instanceof Y.XmlElement && !gone.has(at)) missing += countMissing(child, schema)
  return missing
}

export function castShadow(doc: Y.Doc, schema: Schema): Y.Doc {
  const shadow = new Y.Doc()
  const follow = (update: Uint8Array) =>
    shadow.transact((transaction) => {
      Y.applyUpdate(shadow, update)
      clean(shadow.getXmlFragment(CONTENT), schema, transaction)
    })
  shadow.getXmlFragment(CONTENT)
  follow(Y.encodeStateAsUpdate(doc))
  doc.on('update', follow)
  return shadow
}
