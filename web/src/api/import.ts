// A file from this device as the content of a new document. What a file is, is told by its ending;
// the server reads it and says what is wrong with it, with line and column.
import { call, type DocumentInfo, json, Refusal } from './documents'

/** Endings of files that can be imported, and the format each is sent as. */
const FORMATS: Record<string, string> = {
  md: 'markdown',
  markdown: 'markdown',
  html: 'html',
  htm: 'html',
  txt: 'text',
  json: 'json',
}

/** For file pickers. */
export const ACCEPTED: string = Object.keys(FORMATS)
  .map((ending) => `.${ending}`)
  .join(',')

/** The format of a file of this name; undefined when it is none that can be imported. */
export function formatOf(name: string): string | undefined {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase()
  return ending === undefined ? undefined : FORMATS[ending]
}

/** What a document made from a file is called: as the file, without its ending. */
export const titleOf = (name: string): string => name.replace(/\.[a-z]+$/i, '').trim()

export async function importFile(file: File): Promise<DocumentInfo> {
  const format = formatOf(file.name)
  if (format === undefined) throw new Refusal('unknown_file', file.name, 0)
  const body = JSON.stringify({ title: titleOf(file.name), format, content: await file.text() })
  return json(
    await call('/api/documents', { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
  )
}
