// The gate between a document and a page that is too old for it.
//
// The binding deletes what it cannot build, from everybody's document. So a page that meets a node or
// a mark it does not know, or one in a place that its schema does not have, or a number of a schema above
// its own, stops binding the document and lets people read a copy of it (shadow.ts). A gate that has closed
// stays closed while the page is open.
//
// `meta.schema` in the shared document is the newest schema that somebody wrote it with. It is written
// with a page's first change of the text, never by opening; documents without it are of schema 1. Anybody
// who can write the document can write anything there, so only what a later editor may have written counts:
// a whole number, not far above one's own (docs/design.md, §10).
import type { Schema } from '@tiptap/pm/model'
import type * as Y from 'yjs'
import { CONTENT, META } from '../sync/roots'
import { foreignIn, watchForeign } from './foreign'

const SCHEMA = 'schema'

/** Why this page must not write. */
export interface Gate {
  /** What it does not know, by name. */
  names: string[]
  /** The document was written with a newer schema than this page has. */
  newer: boolean
  /** How many pieces are not shown, as the document is now. */
  missing?: () => number
  /** The editor could not be opened; there is nothing to read here either. */
  failed?: boolean
}

/** So many schemas may come while a page is open; a number above that is none. */
const AHEAD = 100

/** The schema a document was written with; what is no such number counts as nothing said. */
export function storedSchema(doc: Y.Doc, version: number): number {
  const stored = doc.getMap<unknown>(META).get(SCHEMA)
  return Number.isInteger(stored) && (stored as number) > 0 && (stored as number) <= version + AHEAD
    ? (stored as number)
    : 1
}

/** What closes the gate for this document, as it is now. */
export function judge(doc: Y.Doc, schema: Schema, version: number): Gate | null {
  const foreign = foreignIn(doc.getXmlFragment(CONTENT), schema)
  const newer = storedSchema(doc, version) > version
  return newer || foreign !== null ? { names: foreign?.names ?? [], newer } : null
}

/** Calls `close` before anybody who asked later sees a change that closes the gate; once. */
export function watchGate(doc: Y.Doc, schema: Schema, version: number, close: () => void): void {
  let closed = false
  const shut = () => {
    if (closed) return
    closed = true
    close()
  }
  // Observers of one type run before those of everything below a type.
  doc.getMap(META).observe(() => {
    if (storedSchema(doc, version) > version) shut()
  })
  watchForeign(doc.getXmlFragment(CONTENT), schema, shut)
}

/** Says with this page's first change of the text which schema it was written with. */
export function signSchema(doc: Y.Doc, version: number): void {
  const fragment = doc.getXmlFragment(CONTENT)
  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    if (!transaction.local || !transaction.changedParentTypes.has(fragment as never)) return
    if (storedSchema(doc, version) < version) doc.getMap(META).set(SCHEMA, version)
  })
}
