// What a document may hold: the nodes and marks, without anything that belongs to one person's view.
//
// This is a format that outlives every release: names and attributes are stored in the shared
// document as they are written here. Raise SCHEMA_VERSION when something is added; a page that does
// not know a node must not edit its document, because the binding deletes what it cannot build.
import { type Extensions, getSchema } from '@tiptap/core'
import { Blockquote } from '@tiptap/extension-blockquote'
import { Bold } from '@tiptap/extension-bold'
import { Code } from '@tiptap/extension-code'
import { Document } from '@tiptap/extension-document'
import { HardBreak } from '@tiptap/extension-hard-break'
import { Heading } from '@tiptap/extension-heading'
import { HorizontalRule } from '@tiptap/extension-horizontal-rule'
import { Italic } from '@tiptap/extension-italic'
import { Link } from '@tiptap/extension-link'
import { BulletList, ListItem, ListKeymap, OrderedList, TaskList } from '@tiptap/extension-list'
import { Paragraph } from '@tiptap/extension-paragraph'
import { Strike } from '@tiptap/extension-strike'
import { Text } from '@tiptap/extension-text'
import { Underline } from '@tiptap/extension-underline'
import { Dropcursor } from '@tiptap/extensions/drop-cursor'
import { Gapcursor } from '@tiptap/extensions/gap-cursor'
import { message } from '../i18n/message'
import { Callout } from './callout'
import { CodeBlockWithControls } from './codeblock'
import { Comment } from './comment'
import { Details, DetailsContent, DetailsSummary } from './details'
import { Picture } from './image'
import { isSafeLink } from './link'
import { Tasks } from './lists'
import { Marker } from './marker'
import { BlockMath, InlineMath } from './maths'
import { cellAttributes } from './spans'
import { Deletion, Insertion } from './suggestion'
import { tables } from './tables'
import { Tolerance } from './tolerance'

export const SCHEMA_VERSION = 2

/** What is typed behind a link is not part of it. Its address is a text, whatever somebody else wrote there. */
const SafeLink = Link.extend({
  inclusive: false,
  addAttributes() {
    const { href, ...others } = this.parent?.() ?? {}
    return { href: { ...href, default: '' }, ...others }
  },
})

/** Code in a line bears no other form. That words of it are only proposed is no form. */
const InlineCode = Code.extend({ excludes: 'code link bold italic strike underline highlight' })

export const content: Extensions = [
  // Each by its name: the kit they come in brings a history of its own, and Yjs keeps ours. The order of
  // the marks is the one in which a text lists them.
  Bold,
  Blockquote,
  BulletList,
  InlineCode,
  Document,
  Dropcursor.configure({ color: false, width: 3, class: 'drop-cursor' }),
  Gapcursor,
  HardBreak,
  Heading.configure({ levels: [1, 2, 3, 4] }),
  HorizontalRule,
  Italic,
  ListItem,
  ListKeymap,
  OrderedList,
  Paragraph,
  Strike,
  Text,
  Underline,
  CodeBlockWithControls.configure({ enableTabIndentation: true, tabSize: 2 }),
  ...tables,
  Picture,
  Callout,
  Details,
  DetailsSummary,
  DetailsContent,
  BlockMath,
  InlineMath,
  TaskList,
  Tasks.configure({
    nested: true,
    a11y: { checkboxLabel: (node) => node.textContent.trim() || message('task.empty') },
  }),
  SafeLink.configure({
    openOnClick: false,
    autolink: true,
    linkOnPaste: true,
    markdownLinks: true,
    defaultProtocol: 'https',
    isAllowedUri: (address) => isSafeLink(address),
  }),
  Marker,
  Comment,
  Insertion,
  Deletion,
  Tolerance.configure({ bounds: { tableCell: cellAttributes, tableHeader: cellAttributes } }),
]

/** By which it is judged what can be built; an editor makes its own of the same content. */
export const schema = getSchema(content)
