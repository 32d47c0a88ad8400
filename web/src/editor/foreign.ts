// What this editor cannot build, in the document or on its way into it: nodes and marks that it does not
// know, and those that stand where its schema has no place for them.
//
// The binding deletes what it cannot build, from everybody's document: a node with all that is in it, or a
// text with such a mark. So the page must let go of the document before the binding sees it: the watcher
// is registered first, and observers are called in the order of their registration. What only lacks
// something (an item without its line, a quote without words) is no reason: two people's changes at once
// leave that behind, and it is built with what is missing (tolerance.ts).
import { Fragment, type Node, type NodeType, type Schema } from '@tiptap/pm/model'
import * as Y from 'yjs'

export interface Foreign {
  /** What is not known, by name. */
  names: string[]
  /** Something stands where it must not. */
  misplaced: boolean
}

/** Marks that may overlap themselves are stored with a hash behind their name. */
const HASH = /--[a-zA-Z0-9+/=]{8}$/

/** The name of a mark without that. */
export const storedName = (stored: string): string => stored.replace(HASH, '')

export interface Piece {
  insert?: unknown
  attributes?: Record<string, unknown>
}

/** The kind of node that an element is; null when there is none. */
export const typeOf = (parent: unknown, schema: Schema): NodeType | null =>
  (parent instanceof Y.XmlElement ? schema.nodes[parent.nodeName] : schema.topNodeType) ?? null

/** One node of each kind: where a node may stand depends on nothing else. */
const standIns = new WeakMap<NodeType, Node>()

export function standIn(type: NodeType): Node {
  const known = standIns.get(type)
  if (known !== undefined) return known
  const made = type.isText ? type.schema.text('x') : type.create()
  standIns.set(type, made)
  return made
}

/** Stands for a child: null where nothing may be, undefined where there is nothing to be built. */
export function childIn(parent: NodeType, child: unknown): Node | null | undefined {
  const { nodes, topNodeType } = parent.schema
  if (child instanceof Y.XmlElement) {
    const type = nodes[child.nodeName]
    return type === undefined || type.isText ? null : standIn(type)
  }
  if (!(child instanceof Y.XmlText) || parent === topNodeType || nodes.text === undefined) return null
  return child.length > 0 ? standIn(nodes.text) : undefined
}

/** The form of words among elements, which have none; it is not among the children. */
export const isForm = (item: Y.Item): boolean => !item.countable && !item.deleted

class Search {
  private readonly names = new Set<string>()
  private misplaced = false

  constructor(private readonly schema: Schema) {}

  found(): Foreign | null {
    const { misplaced } = this
    return misplaced || this.names.size > 0 ? { names: [...this.names], misplaced } : null
  }

  pieces(pieces: Piece[], parent: NodeType | null): void {
    for (const { insert, attributes = {} } of pieces) {
      if (insert !== undefined && typeof insert !== 'string') this.misplaced = true
      for (const [stored, value] of Object.entries(attributes)) {
        // Null takes a mark away.
        if (value === null) continue
        const name = storedName(stored)
        const mark = this.schema.marks[name]
        if (mark === undefined) this.names.add(name)
        else if (parent?.allowsMarkType(mark) === false) this.misplaced = true
      }
    }
  }

  /** Looks at what stands directly in an element, not at what is in that. */
  arrangement(parent: unknown): void {
    const type = typeOf(parent, this.schema)
    if (type === null || !(parent instanceof Y.XmlFragment)) return
    for (let item = parent._start; item !== null; item = item.right) if (isForm(item)) this.misplaced = true
    const children: Node[] = []
    for (const child of parent.toArray() as unknown[]) {
      const node = childIn(type, child)
      if (node) children.push(node)
      // What has a name that is not known is told by its name.
      else if (node === null && !(child instanceof Y.XmlElement && child.nodeName !== 'text'))
        this.misplaced = true
    }
    if (type.createAndFill(null, Fragment.fromArray(children)) === null) this.misplaced = true
  }

  whole(node: unknown): void {
    if (node instanceof Y.XmlText) this.pieces(node.toDelta(), typeOf(node.parent, this.schema))
    if (node instanceof Y.XmlElement && typeOf(node, this.schema) === null) this.names.add(node.nodeName)
    // Elements are fragments with a name; text has no children.
    if (!(node instanceof Y.XmlFragment)) return
    this.arrangement(node)
    for (const child of node.toArray()) this.whole(child)
  }

  event(event: Y.YEvent<never>): void {
    const target: unknown = event.target
    if (target instanceof Y.XmlText) {
      const { parent } = target
      this.pieces(event.delta, typeOf(parent, this.schema))
      // The first words in it make it something that stands there.
      this.arrangement(parent)
    } else if (event instanceof Y.YXmlEvent) {
      const { added, deleted } = event.changes
      if (added.size + deleted.size > 0) this.arrangement(target)
      for (const item of added) for (const content of item.content.getContent()) this.whole(content)
    }
  }
}

/** What in the shared document cannot be built; null when all can. */
export function foreignIn(fragment: Y.XmlFragment, schema: Schema): Foreign | null {
  const search = new Search(schema)
  search.whole(fragment)
  return search.found()
}

/** Calls `found` as soon as a change brings something like that; looks at what changed only. */
export function watchForeign(fragment: Y.XmlFragment, schema: Schema, found: (what: Foreign) => void): void {
  fragment.observeDeep((events) => {
    const search = new Search(schema)
    for (const event of events) search.event(event as Y.YEvent<never>)
    const what = search.found()
    if (what !== null) found(what)
  })
}
