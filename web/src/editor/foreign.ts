// Nodes and marks that this editor cannot build, in the document or on their way into it.
//
// The binding deletes what it cannot build, from everybody's document: a node, or a text with such a
// mark. A page that is older than a
// document (a tab left open while the server was updated) must therefore let go of the document
// before the binding sees such a node: the watcher is registered first, and observers are called in
// the order of their registration.
import * as Y from 'yjs'

type Known = (name: string) => boolean

/** Marks that may overlap themselves are stored with a hash behind their name. */
const HASH = /--[a-zA-Z0-9+/=]{8}$/

interface Piece {
  attributes?: Record<string, unknown>
}

function visitText(pieces: Piece[], known: Known, foreign: Set<string>): void {
  for (const { attributes = {} } of pieces)
    for (const [stored, value] of Object.entries(attributes)) {
      const name = stored.replace(HASH, '')
      // Null takes a mark away.
      if (value !== null && !known(name)) foreign.add(name)
    }
}

function visit(node: unknown, known: Known, foreign: Set<string>): void {
  if (node instanceof Y.XmlText) visitText(node.toDelta(), known, foreign)
  if (node instanceof Y.XmlElement && !known(node.nodeName)) foreign.add(node.nodeName)
  // Elements are fragments with a name; text has no children.
  if (node instanceof Y.XmlFragment) for (const child of node.toArray()) visit(child, known, foreign)
}

/** Names of elements and marks in the shared document that cannot be built. */
export function foreignNodes(fragment: Y.XmlFragment, known: Known): string[] {
  const foreign = new Set<string>()
  visit(fragment, known, foreign)
  return [...foreign]
}

/** Calls `found` as soon as a change brings such an element or mark; looks at what was added only. */
export function watchForeign(fragment: Y.XmlFragment, known: Known, found: (names: string[]) => void): void {
  fragment.observeDeep((events) => {
    const foreign = new Set<string>()
    for (const event of events) {
      if (event instanceof Y.YTextEvent) visitText(event.delta, known, foreign)
      if (!(event instanceof Y.YXmlEvent)) continue
      for (const item of event.changes.added)
        for (const content of item.content.getContent()) visit(content, known, foreign)
    }
    if (foreign.size > 0) found([...foreign])
  })
}
