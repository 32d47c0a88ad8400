// What a document is called where its page speaks of it: by its title, its first words, or its name.
import type { Node } from '@tiptap/pm/model'
import { labelOf } from '../../api/documents'
import { META } from '../../sync/session'
import { titleOf } from '../../title'
import type { Desk } from './desk'

/** So much of the text is looked at for its first words. */
const EXCERPT = 400

export const firstWords = (doc: Node): string =>
  doc.textBetween(0, Math.min(doc.content.size, EXCERPT), ' ').trim()

export function calledHere({ session, editor }: Desk): string {
  const doc = editor.peek()?.state.doc
  const excerpt = doc === undefined ? null : firstWords(doc)
  const title = titleOf(session.doc.getMap<unknown>(META).get('title'))
  return labelOf({ name: session.name, title, excerpt })
}
