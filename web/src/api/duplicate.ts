// Another document of what is in one. A file belongs to its document, so those that are named in it are sent
// to the new one, too, before its text refers to them: who deletes the first leaves the second whole.
// Comments are not part of the text, and do not come along.
import type { JSONContent } from '@tiptap/core'
import { resourcePath } from '../address'
import { COMMENT } from '../editor/comment'
import { sourceOf } from '../editor/source'
import { beginDocument, call, deleteDocument } from './documents'
import { keepFile, unlessRefused } from './keepfile'

export interface Duplicate {
  name: string
  /** Files that could not be had, or were not taken: they are still those of the first document. */
  left: number
}

type Attributes = Record<string, unknown>

/** The file of this server that a value names; null when it names none. */
function fileIn(value: unknown, name: string): string | null {
  const source = sourceOf(value, name, location.origin)
  return source.kind === 'own' || source.kind === 'other' ? source.address : null
}

/** A content in which each value of its attributes is what `change` makes of it, without comments. */
function rewritten(content: JSONContent, change: (value: unknown) => unknown): JSONContent {
  const valued = (attrs: Attributes): Attributes =>
    Object.fromEntries(Object.entries(attrs).map(([key, value]) => [key, change(value)]))
  const { attrs, marks, content: inner } = content
  return {
    ...content,
    ...(attrs && { attrs: valued(attrs) }),
    ...(marks && {
      marks: marks
        .filter(({ type }) => type !== COMMENT)
        .map((mark) => (mark.attrs ? { ...mark, attrs: valued(mark.attrs) } : mark)),
    }),
    ...(inner && { content: inner.map((one) => rewritten(one, change)) }),
  }
}

/** Sends a file to the new document, under the name it has. */
async function send(address: string, to: string): Promise<string> {
  const file = await call(address)
  const called = file.headers.get('content-disposition')
  return keepFile(to, await file.blob(), called === null ? {} : { 'content-disposition': called })
}

export async function duplicate(name: string, title: string, content: JSONContent): Promise<Duplicate> {
  const files = new Set<string>()
  const text = rewritten(content, (value) => {
    const file = fileIn(value, name)
    if (file !== null) files.add(file)
    return value
  })
  if (files.size === 0) return { name: (await beginDocument({ title, content: text })).name, left: 0 }
  const made = await beginDocument({ title })
  try {
    const addresses = new Map<string, string>()
    for (const file of files) {
      const address = await unlessRefused(() => send(file, made.name))
      if (address !== null) addresses.set(file, address)
    }
    const body = JSON.stringify(rewritten(text, (value) => addresses.get(fileIn(value, name) ?? '') ?? value))
    const headers = { 'content-type': 'application/json' }
    await call(`${resourcePath(made.name)}/content`, { method: 'PUT', body, headers })
    return { name: made.name, left: files.size - addresses.size }
  } catch (error) {
    // Half a document is none.
    await deleteDocument(made.name).catch(() => undefined)
    throw error
  }
}
