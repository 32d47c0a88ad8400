// What a document may hold: the nodes and marks, without anything that belongs to one person's view.
//
// This is a format that outlives every release: names and attributes are stored in the shared
// document as they are written here. Raise SCHEMA_VERSION when something is added; a page that does
// not know a node must not edit its document, because the binding deletes what it cannot build.
import type { Extensions } from '@tiptap/core'
import { TaskItem, TaskList } from '@tiptap/extension-list'
import { TableKit } from '@tiptap/extension-table'
import StarterKit from '@tiptap/starter-kit'
import type * as Y from 'yjs'
import { message } from '../i18n/message'
import { CodeBlockWithControls } from './codeblock'
import { isSafeLink } from './link'
import { Marker } from './marker'

export const SCHEMA_VERSION = 1

export const content: Extensions = [
  StarterKit.configure({
    // Yjs keeps the history: only one's own edits are undone.
    undoRedo: false,
    codeBlock: false,
    // Adding a last paragraph by itself would write to every document that is merely opened.
    trailingNode: false,
    dropcursor: { color: false, width: 3, class: 'drop-cursor' },
    heading: { levels: [1, 2, 3, 4] },
    link: {
      openOnClick: false,
      autolink: true,
      linkOnPaste: true,
      markdownLinks: true,
      defaultProtocol: 'https',
      isAllowedUri: (address) => isSafeLink(address),
    },
  }),
  CodeBlockWithControls.configure({ enableTabIndentation: true, tabSize: 2 }),
  TableKit.configure({ table: { resizable: true, cellMinWidth: 60 } }),
  TaskList,
  TaskItem.configure({
    nested: true,
    a11y: { checkboxLabel: (node) => node.textContent.trim() || message('task.empty') },
  }),
  Marker,
]

/** Names of elements in the shared document that this schema cannot build. */
export function foreignNodes(fragment: Y.XmlFragment, known: (name: string) => boolean): string[] {
  const foreign = new Set<string>()
  const visit = (parent: Y.XmlFragment) => {
    for (const child of parent.toArray()) {
      // Text has no children; elements are fragments with a name.
      if (!('nodeName' in child)) continue
      const element = child as Y.XmlElement
      if (!known(element.nodeName)) foreign.add(element.nodeName)
      visit(element)
    }
  }
  visit(fragment)
  return [...foreign]
}
