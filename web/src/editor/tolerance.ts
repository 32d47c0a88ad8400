// What others wrote is shown as well as it can be, and is not changed for that: a value of a kind that
// the editor does not expect counts as none, a node that lacks something is built with what it lacks, half
// a letter becomes the sign for one. It stands so in the view only, until somebody writes at that place.
import { Extension } from '@tiptap/core'
import { type Attrs, Fragment, type MarkType, type Node, type NodeType } from '@tiptap/pm/model'
import { wholeLetters } from '../letters'

/** Values that are not written as text, though there may be none. */
const OTHERWISE = new Set(['width', 'colwidth'])

/** What the library does not tell of in its types. */
interface Kind {
  attrs: Record<string, { default?: unknown }>
}

function sound(name: string, value: unknown, usual: unknown): unknown {
  if (typeof value === 'string') {
    if (typeof usual === 'number') return value.trim() !== '' && Number.isFinite(+value) ? +value : usual
    if (usual === null || typeof usual === 'string') return wholeLetters(value)
    return usual
  }
  if (usual === null) return OTHERWISE.has(name) ? value : null
  return typeof value === typeof usual && (typeof value !== 'number' || Number.isFinite(value))
    ? value
    : usual
}

/** Makes the values of one kind of node or mark sound; null where it has none. */
function sounding(kind: unknown): ((said: Attrs) => Attrs) | null {
  const usual = Object.entries((kind as Kind).attrs)
  if (usual.length === 0) return null
  return (said) => {
    let made = said
    for (const [name, attribute] of usual) {
      const value = sound(name, said[name], attribute.default)
      if (value !== said[name]) made = { ...made, [name]: value }
    }
    return made
  }
}

/** The library has no word for this in its types: every node gets its attributes here. */
interface Computes {
  computeAttrs: (said: Attrs | null) => Attrs
}

type Bound = (said: Attrs) => Attrs

function tolerateValues(type: NodeType, bound?: Bound): void {
  const made = type as unknown as Computes
  const compute = made.computeAttrs.bind(type)
  const soundly = sounding(type)
  if (soundly === null && bound === undefined) return
  made.computeAttrs = (said) => {
    const computed = compute(said)
    const sound = soundly?.(computed) ?? computed
    return bound?.(sound) ?? sound
  }
}

function tolerateMark(type: MarkType): void {
  const create = type.create.bind(type)
  const soundly = sounding(type)
  if (soundly === null) return
  type.create = (said) => {
    const mark = create(said)
    const attributes = soundly(mark.attrs)
    return attributes === mark.attrs ? mark : create(attributes)
  }
}

/** Bare words among blocks get a line; what is shown to be read only (shadow.ts) may have such. */
function inLines(type: NodeType, content: Fragment): Fragment {
  const { paragraph } = type.schema.nodes
  if (type.inlineContent || paragraph === undefined) return content
  const blocks: Node[] = []
  let line: Node[] = []
  content.forEach((node, _at, place) => {
    if (node.isInline) line.push(node)
    else blocks.push(node)
    if (node.isInline && content.maybeChild(place + 1)?.isInline !== true) {
      blocks.push(paragraph.create(null, line))
      line = []
    }
  })
  return Fragment.fromArray(blocks)
}

interface Options {
  /** Nodes whose values are bounded more narrowly than by their kinds. */
  bounds: Record<string, Bound>
}

export const Tolerance = Extension.create<Options>({
  name: 'tolerance',

  addOptions: () => ({ bounds: {} }),

  onBeforeCreate() {
    const { schema } = this.editor
    for (const type of Object.values(schema.nodes)) tolerateValues(type, this.options.bounds[type.name])
    for (const type of Object.values(schema.marks)) tolerateMark(type)
    const { text, node } = schema
    // Others would get another sign for half a letter, and the pages would differ.
    schema.text = (words, marks) => text.call(schema, wholeLetters(words), marks)
    schema.node = (named, attributes, content, marks) => {
      try {
        return node.call(schema, named, attributes, content, marks)
      } catch (error) {
        const type = typeof named === 'string' ? schema.nodes[named] : named
        const filled =
          type?.isText === false
            ? type.createAndFill(attributes, inLines(type, Fragment.from(content)), marks)
            : null
        if (!filled?.type.validContent(filled.content)) throw error
        return filled
      }
    }
  },
})
