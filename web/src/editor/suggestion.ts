// The two marks of a suggestion: words that somebody proposes to add, and words that somebody proposes
// to take out. Both say who, when, and to which suggestion they belong.
//
// While something is only proposed, the document is made of the same blocks as before: what is no
// text (a new paragraph, the end of one that is to go) stands in the text as one sign, and `break`
// says what it becomes when the suggestion is accepted (verdict.ts). Without the words that are
// added, signs included, the text is therefore exactly what it was.
import { Mark } from '@tiptap/core'
import { Fragment, type Node, type Mark as ProseMark } from '@tiptap/pm/model'
import { newId } from '../newid'
import { isColour } from '../people/palette'

export const INSERTION = 'insertion'
export const DELETION = 'deletion'

/** What a sign becomes when it is accepted. */
export const BREAKS = [
  /** A block of the same kind begins here. */
  'block',
  /** A paragraph begins here. */
  'paragraph',
  /** An item of the list begins here. */
  'item',
  /** A line begins here. */
  'line',
  /** This block and the next one become one. The sign is marked as deleted, too. */
  'join',
  /** What follows and is no text goes. The sign is marked as deleted, too. */
  'thing',
] as const
export type Break = (typeof BREAKS)[number]

/** What stands in the text for it. */
export const signOf = (kind: Break): string => (kind === 'line' ? '↵' : kind === 'thing' ? '×' : '¶')

/** The attributes of both marks; a type, so that it can be handed to a mark as it is. */
export type Stamp = {
  id: string
  by: string
  /** ISO 8601. */
  at: string
  color: string | null
}

const isBreak = (value: unknown): value is Break => BREAKS.some((kind) => kind === value)

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What others wrote into a mark is not trusted. */
export const stampOf = (mark: ProseMark): Stamp => ({
  id: text(mark.attrs.id),
  by: text(mark.attrs.by),
  at: text(mark.attrs.at),
  color: isColour(mark.attrs.color) ? mark.attrs.color : null,
})

export const breakOf = (mark: ProseMark | undefined): Break | null =>
  mark !== undefined && isBreak(mark.attrs.break) ? mark.attrs.break : null

/**
 * What a text of one letter stands for, if it is a sign. Words that somebody wrote between two signs
 * have the marks of those and are none.
 */
export function signIn(node: Node | null | undefined): Break | null {
  const kind = breakOf(insertionOf(node))
  return kind !== null && node?.text === signOf(kind) ? kind : null
}

export const insertionOf = (node: Node | null | undefined): ProseMark | undefined =>
  node?.marks.find((mark) => mark.type.name === INSERTION)

export const deletionOf = (node: Node | null | undefined): ProseMark | undefined =>
  node?.marks.find((mark) => mark.type.name === DELETION)

/** A sign for something that is to go. */
export function isLeaving(node: Node | null | undefined): boolean {
  const kind = signIn(node)
  const gone = deletionOf(node)
  return (
    (kind === 'join' || kind === 'thing') &&
    gone !== undefined &&
    gone.attrs.id === insertionOf(node)?.attrs.id
  )
}

/**
 * What is proposed in a copy is proposed anew, by whom and when it was: whoever decides about one place
 * does not decide about the other. What belonged together still does.
 */
export function renewed(content: Fragment): Fragment {
  const ids = new Map<unknown, string>()
  const renew = (mark: ProseMark): ProseMark => {
    if (mark.type.name !== INSERTION && mark.type.name !== DELETION) return mark
    const id = ids.get(mark.attrs.id) ?? newId()
    ids.set(mark.attrs.id, id)
    return mark.type.create({ ...mark.attrs, id })
  }
  const visit = (inside: Fragment): Fragment => {
    const nodes: Node[] = []
    inside.forEach((node) => {
      const copied = node.isText ? node : node.copy(visit(node.content))
      nodes.push(copied.mark(copied.marks.map(renew)))
    })
    return Fragment.fromArray(nodes)
  }
  return visit(content)
}

const read = (name: string) => ({
  default: null,
  parseHTML: (element: HTMLElement) => element.getAttribute(`data-${name}`),
  renderHTML: (attributes: Record<string, unknown>) =>
    typeof attributes[name] === 'string' ? { [`data-${name}`]: attributes[name] } : {},
})

const stamp = () => ({
  id: read('id'),
  by: read('by'),
  at: read('at'),
  color: {
    ...read('color'),
    renderHTML: ({ color }: Record<string, unknown>) =>
      isColour(color) ? { 'data-color': color, style: `--person: ${color}` } : {},
  },
})

// Before strikethrough, which reads `del` as its own.
const PRIORITY = 70

export const Insertion = Mark.create({
  name: INSERTION,
  inclusive: false,
  addAttributes: () => ({ ...stamp(), break: read('break') }),
  parseHTML: () => [{ tag: 'ins[data-id]', priority: PRIORITY }],
  renderHTML: ({ HTMLAttributes }) => ['ins', { class: 'suggested', ...HTMLAttributes }, 0],
})

export const Deletion = Mark.create({
  name: DELETION,
  inclusive: false,
  addAttributes: stamp,
  parseHTML: () => [{ tag: 'del[data-id]', priority: PRIORITY }],
  renderHTML: ({ HTMLAttributes }) => ['del', { class: 'suggested', ...HTMLAttributes }, 0],
})
