// The blocks a person can choose, in one list: the toolbar's dropdown, the slash menu and the help
// page all read it, so that none of them offers what another one does not know.
import type { Editor } from '@tiptap/core'
import {
  Heading1,
  Heading2,
  Heading3,
  Heading4,
  ImagePlus,
  List,
  ListCollapse,
  ListOrdered,
  ListTodo,
  type LucideIcon,
  Minus,
  Pi,
  Quote,
  Sigma,
  SquareCode,
  Table,
  Type,
} from 'lucide-preact'
import type { MessageKey } from '../i18n/message'
import { CALLOUT_LOOKS, CALLOUTS, type CalloutKind } from './callout'

type Chain = ReturnType<Editor['chain']>

export interface Block {
  id: string
  label: MessageKey
  hint: MessageKey
  /** Further words under which the slash menu finds it. */
  words: string
  icon: LucideIcon
  /** In ProseMirror's notation. */
  shortcut?: string
  markdown?: string
  active: (editor: Editor) => boolean
  apply: (chain: Chain) => Chain
}

/** Leaves a line to write on behind a block that would otherwise be the last. */
const withTail = (chain: Chain): Chain =>
  chain.command(({ tr, state }) => {
    const paragraph = state.schema.nodes.paragraph
    const last = tr.doc.lastChild
    if (paragraph !== undefined && last !== null && last.type !== paragraph)
      tr.insert(tr.doc.content.size, paragraph.create())
    return true
  })

const heading = (level: 1 | 2 | 3 | 4, icon: LucideIcon): Block => ({
  id: `heading${level}`,
  label: `block.heading${level}`,
  hint: `block.heading${level}.hint`,
  words: `h${level} title`,
  icon,
  shortcut: `Mod-Alt-${level}`,
  markdown: '#'.repeat(level),
  active: (editor) => editor.isActive('heading', { level }),
  apply: (chain) => chain.setHeading({ level }),
})

export const TEXT: Block = {
  id: 'text',
  label: 'block.text',
  hint: 'block.text.hint',
  words: 'paragraph plain',
  icon: Type,
  shortcut: 'Mod-Alt-0',
  active: (editor) => editor.isActive('paragraph'),
  apply: (chain) => chain.setParagraph(),
}

export const HEADINGS: Block[] = [
  heading(1, Heading1),
  heading(2, Heading2),
  heading(3, Heading3),
  heading(4, Heading4),
]

export const LISTS: Block[] = [
  {
    id: 'bulletList',
    label: 'block.bulletList',
    hint: 'block.bulletList.hint',
    words: 'ul unordered points',
    icon: List,
    shortcut: 'Mod-Shift-8',
    markdown: '-',
    active: (editor) => editor.isActive('bulletList'),
    apply: (chain) => chain.toggleBulletList(),
  },
  {
    id: 'orderedList',
    label: 'block.orderedList',
    hint: 'block.orderedList.hint',
    words: 'ol ordered steps',
    icon: ListOrdered,
    shortcut: 'Mod-Shift-7',
    markdown: '1.',
    active: (editor) => editor.isActive('orderedList'),
    apply: (chain) => chain.toggleOrderedList(),
  },
  {
    id: 'taskList',
    label: 'block.taskList',
    hint: 'block.taskList.hint',
    words: 'task todo check box',
    icon: ListTodo,
    shortcut: 'Mod-Shift-9',
    markdown: '[ ]',
    active: (editor) => editor.isActive('taskList'),
    apply: (chain) => chain.toggleTaskList(),
  },
]

export const QUOTE: Block = {
  id: 'quote',
  label: 'block.quote',
  hint: 'block.quote.hint',
  words: 'blockquote citation',
  icon: Quote,
  shortcut: 'Mod-Shift-b',
  markdown: '>',
  active: (editor) => editor.isActive('blockquote'),
  apply: (chain) => chain.toggleBlockquote(),
}

export const CODE: Block = {
  id: 'code',
  label: 'block.code',
  hint: 'block.code.hint',
  words: 'pre source program snippet',
  icon: SquareCode,
  shortcut: 'Mod-Alt-c',
  markdown: '```',
  active: (editor) => editor.isActive('codeBlock'),
  apply: (chain) => withTail(chain.toggleCodeBlock()),
}

export const TABLE: Block = {
  id: 'table',
  label: 'block.table',
  hint: 'block.table.hint',
  words: 'grid rows columns',
  icon: Table,
  active: (editor) => editor.isActive('table'),
  apply: (chain) => withTail(chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true })),
}

export const DIVIDER: Block = {
  id: 'divider',
  label: 'block.divider',
  hint: 'block.divider.hint',
  words: 'hr line rule separator',
  icon: Minus,
  markdown: '---',
  active: () => false,
  apply: (chain) => withTail(chain.setHorizontalRule()),
}

export const IMAGE: Block = {
  id: 'image',
  label: 'block.image',
  hint: 'block.image.hint',
  words: 'picture photo upload file img',
  icon: ImagePlus,
  active: (editor) => editor.isActive('image'),
  apply: (chain) => chain.pickPicture(),
}

const callout = (kind: CalloutKind): Block => ({
  id: kind === 'info' ? 'callout' : `callout-${kind}`,
  label: `block.callout.${kind}`,
  hint: `block.callout.${kind}.hint`,
  words: `callout note alert admonition box ${kind}`,
  icon: CALLOUT_LOOKS[kind].icon,
  active: (editor) => editor.isActive('callout', { kind }),
  apply: (chain) => withTail(chain.setCallout(kind)),
})

export const CALLOUT_BLOCKS: Block[] = CALLOUTS.map(callout)

export const DETAILS: Block = {
  id: 'details',
  label: 'block.details',
  hint: 'block.details.hint',
  words: 'toggle fold collapse summary spoiler accordion',
  icon: ListCollapse,
  active: (editor) => editor.isActive('details'),
  apply: (chain) => withTail(chain.setDetails()),
}

export const INLINE_MATH: Block = {
  id: 'math',
  label: 'block.math',
  hint: 'block.math.hint',
  words: 'latex tex formula equation inline katex',
  icon: Pi,
  markdown: '$x$',
  active: (editor) => editor.isActive('inlineMath'),
  apply: (chain) => chain.writeFormula(false),
}

export const BLOCK_MATH: Block = {
  id: 'equation',
  label: 'block.equation',
  hint: 'block.equation.hint',
  words: 'latex tex formula math block display katex',
  icon: Sigma,
  markdown: '$$',
  active: (editor) => editor.isActive('blockMath'),
  apply: (chain) => chain.writeFormula(true),
}

/** What is put in beside what is there, rather than made of it. */
export const INSERTED: Block[] = [IMAGE, TABLE, ...CALLOUT_BLOCKS, DETAILS, BLOCK_MATH, INLINE_MATH, DIVIDER]

/** Kinds a line of text can be turned into. */
export const KINDS: Block[] = [TEXT, ...HEADINGS, QUOTE, CODE]

export const BLOCKS: Block[] = [TEXT, ...HEADINGS, ...LISTS, QUOTE, CODE, ...INSERTED]

/** What the caret is in, as the dropdown shows it: the innermost kind that has a name. */
export function kindAt(editor: Editor): Block {
  const special = [CODE, ...HEADINGS].find((block) => block.active(editor))
  return special ?? (QUOTE.active(editor) ? QUOTE : TEXT)
}

/** Blocks whose label, hint or words hold what was typed; those that begin with it come first. */
export function findBlocks(query: string, say: (key: MessageKey) => string, blocks = BLOCKS): Block[] {
  const wanted = query.toLowerCase()
  const rank = (block: Block): number => {
    const label = say(block.label).toLowerCase()
    if (label.startsWith(wanted)) return 0
    return `${label} ${block.words} ${block.id}`.toLowerCase().includes(wanted) ? 1 : 2
  }
  return blocks
    .map((block) => ({ block, rank: rank(block) }))
    .filter((found) => found.rank < 2)
    .sort((a, b) => a.rank - b.rank)
    .map((found) => found.block)
}
