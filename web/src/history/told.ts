// From what the server tells of a content or a comparison to one document that the editor can show, and
// to what there is to say of its places: what came, what went, what is different, who wrote it.
//
// The document of a comparison holds both sides, so it need not be one that could be written: it is for
// looking at only. What the schema does not know is shown by the text in it.
import { Fragment, type Mark, type Node, type Schema } from '@tiptap/pm/model'
import type { MarkSpec, Told, Writer } from '../api/history'

export interface Place {
  from: number
  to: number
  change: 'added' | 'removed' | 'changed'
  /** Of text, and what stands in a line; otherwise of a block. */
  inline: boolean
  /** In a block that came or went itself: there is nothing more to say. */
  within: boolean
  by: Writer | null
  /** What it is and was, where it is another. */
  is: Told
}

export interface Tint {
  from: number
  to: number
  author: Writer
}

export interface Picture {
  doc: Node
  places: Place[]
  tints: Tint[]
}

function marksOf(schema: Schema, specs: MarkSpec[] = []): Mark[] {
  const found: Mark[] = []
  for (const { type, attrs } of specs) {
    const mark = schema.marks[type]
    if (mark !== undefined) found.push(mark.create(attrs))
  }
  return found
}

class Painter {
  readonly places: Place[] = []
  readonly tints: Tint[] = []

  constructor(private readonly schema: Schema) {}

  /** The nodes of this, the first of them at `from`. */
  all(told: Told[], from: number, inLine: boolean, within: boolean): Node[] {
    const nodes: Node[] = []
    let at = from
    for (const one of told)
      for (const node of this.one(one, at, inLine, within)) {
        nodes.push(node)
        at += node.nodeSize
      }
    return nodes
  }

  private one(told: Told, at: number, inLine: boolean, within: boolean): Node[] {
    if (told.text !== undefined) return this.text(told, at, inLine, within)
    const type = told.type === undefined ? undefined : this.schema.nodes[told.type]
    const wholly = told.change === 'added' || told.change === 'removed'
    if (type === undefined) {
      // Unknown: what is in it stands in its place.
      const inside = told.content ?? []
      const lines = inside.some((child) => child.text !== undefined)
      const paragraph = this.schema.nodes.paragraph
      if (!lines || inLine || paragraph === undefined) return this.all(inside, at, inLine, within || wholly)
      const node = paragraph.create(null, this.all(inside, at + 1, true, within || wholly))
      this.note(told, at, at + node.nodeSize, false, within)
      return [node]
    }
    // A block's own place comes before those in it.
    const place = this.places.length
    const children = this.all(told.content ?? [], at + 1, type.inlineContent, within || wholly)
    const node = type.create(told.attrs, Fragment.fromArray(children))
    const inside = this.places.splice(place)
    this.note(told, at, at + node.nodeSize, type.isInline, within)
    this.places.push(...inside)
    return [node]
  }

  private text(told: Told, at: number, inLine: boolean, within: boolean): Node[] {
    if (told.text === undefined || told.text === '') return []
    const text = this.schema.text(told.text, marksOf(this.schema, told.marks))
    const paragraph = this.schema.nodes.paragraph
    if (inLine || paragraph === undefined) {
      this.note(told, at, at + text.nodeSize, true, within)
      return [text]
    }
    this.note(told, at + 1, at + 1 + text.nodeSize, true, within)
    return [paragraph.create(null, text)]
  }

  private note(told: Told, from: number, to: number, inline: boolean, within: boolean): void {
    const { change } = told
    if (told.author !== undefined && inline) this.tints.push({ from, to, author: told.author })
    if (change === undefined || change === 'same') return
    // Of a block without `was`, it is something in it that changed, and that is told there.
    if (change === 'changed' && told.was === undefined) return
    this.places.push({ from, to, change, inline, within, by: told.by ?? null, is: told })
  }
}

/** Never throws for what a server may say of a document: what cannot be shown is left out. */
export function paint(schema: Schema, content: Told[] = []): Picture {
  const painter = new Painter(schema)
  let children = painter.all(content, 0, false, false)
  if (children.length === 0) {
    const empty = schema.nodes.paragraph?.create()
    children = empty === undefined ? [] : [empty]
  }
  const doc = schema.topNodeType.create(null, Fragment.fromArray(children))
  return { doc, places: painter.places, tints: painter.tints }
}

/** Changes as a reader goes through them: what touches is one. */
export interface Step {
  from: number
  to: number
  places: Place[]
}

export function stepsOf(places: Place[]): Step[] {
  const steps: Step[] = []
  for (const place of places) {
    if (place.within) continue
    // Of a block that is another now, the change is at its beginning; what is in it has its own.
    const to = !place.inline && place.change === 'changed' ? place.from + 1 : place.to
    const last = steps.at(-1)
    // A letter between two changes, as a space is, does not make two of them.
    if (last !== undefined && place.from <= last.to + (place.inline ? 1 : 0)) {
      last.places.push(place)
      last.to = Math.max(last.to, to)
    } else steps.push({ from: place.from, to, places: [place] })
  }
  return steps
}
