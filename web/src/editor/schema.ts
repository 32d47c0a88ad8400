// What a document may hold: the nodes and marks, without anything that belongs to one person's view.
//
// This is a format that outlives every release: names and attributes are stored in the shared
// document as they are written here. Raise SCHEMA_VERSION when something is added; a page that does
// not know a node must not edit its document, because the binding deletes what it cannot build.
import { type Extensions, getSchema } from '@tiptap/core'
import { Link } from '@tiptap/extension-link'
import { TaskItem, TaskList } from '@tiptap/extension-list'
import { TableKit } from '@tiptap/extension-table'
import StarterKit from '@tiptap/starter-kit'
import { message } from '../i18n/message'
import { CodeBlockWithControls } from './codeblock'
import { isSafeLink } from './link'
import { Marker } from './marker'

export const SCHEMA_VERSION = 1

/** What is typed behind a link is not part of it. */
const SafeLink = Link.extend({ inclusive: false })

export const content: Extensions = [
  StarterKit.configure({
    // Yjs keeps the history: only one's own edits are undone.
    undoRedo: false,
    codeBlock: false,
    // Adding a last paragraph by itself would write to every document that is merely opened.
    trailingNode: false,
    dropcursor: { color: false, width: 3, class: 'drop-cursor' },
    heading: { levels: [1, 2, 3, 4] },
    link: false,
  }),
  CodeBlockWithControls.configure({ enableTabIndentation: true, tabSize: 2 }),
  TableKit.configure({ table: { resizable: true, cellMinWidth: 60 } }),
  TaskList,
  TaskItem.configure({
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
]

const { nodes, marks } = getSchema(content)

/** Whether a node or a mark of this name can be built; no two have the same. */
export const isKnown = (name: string): boolean => name in nodes || name in marks
