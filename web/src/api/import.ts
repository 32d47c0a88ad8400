// A file from this device as the content of a new document. What a file is, is told by its ending;
// the server reads it and says what is wrong with it, with line and column. A Word document is made
// HTML here first; pictures that are in a file become files of the new document before its text refers to them.
import { resourcePath } from '../address'
import { beginDocument, call, deleteDocument, Refusal } from './documents'
import { keepFile, unlessRefused } from './keepfile'
import { placeOf, readPage, type Taken } from './taken'
import { frontMatter, textOf } from './textfile'

/** Endings of files that can be imported, and the format each is sent as. */
const FORMATS: Record<string, string> = {
  md: 'markdown',
  markdown: 'markdown',
  html: 'html',
  htm: 'html',
  txt: 'text',
  json: 'json',
  docx: 'docx',
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

/** How far an import is: so many of so many steps. */
export type Progress = (done: number, steps: number) => void

export interface Imported {
  name: string
  /** Whether pictures could not stand where they were, so that only what is said of them is there. */
  worded: boolean
  /** Pictures that the server did not take. */
  left: number
}

/** Takes a file in, and says how far it is. */
export async function importFile(file: File, progress: Progress = () => undefined): Promise<Imported> {
  const format = formatOf(file.name)
  const title = titleOf(file.name)
  if (format === undefined) throw new Refusal('unknown_file', file.name, 0)
  if (format === 'docx') return importWord(file, title, progress)
  progress(0, 2)
  const text = textOf(new Uint8Array(await file.arrayBuffer()))
  if (format === 'html') return importTaken(readPage(text), title, progress)
  const { title: said, content } = format === 'markdown' ? frontMatter(text) : { title: '', content: text }
  progress(1, 2)
  const { name } = await beginDocument({ title: said === '' ? title : said, format, content })
  return { name, worded: false, left: 0 }
}

async function importWord(file: File, title: string, progress: Progress): Promise<Imported> {
  progress(0, 3)
  const { readWord } = await import('./docx').catch(() => {
    throw new Refusal('unreachable', 'The reader of Word documents could not be loaded.', 0)
  })
  const taken = await readWord(file).catch(() => {
    throw new Refusal('malformed_word', file.name, 0)
  })
  return importTaken(taken, title, progress)
}

async function importTaken({ html, pictures }: Taken, title: string, progress: Progress): Promise<Imported> {
  const steps = 3 + pictures.length
  progress(1, steps)
  if (pictures.length === 0) {
    const { name } = await beginDocument({ title, format: 'html', content: html })
    return { name, worded: false, left: 0 }
  }
  const { name } = await beginDocument({ title })
  try {
    let text = html
    let left = 0
    for (const [number, picture] of pictures.entries()) {
      const address = await unlessRefused(() => keepFile(name, picture))
      if (address === null) left += 1
      // A picture that is not there leaves its words.
      text = text.replace(placeOf(number), address === null ? 'src=""' : `src="${address}"`)
      progress(2 + number, steps)
    }
    const headers = { 'content-type': 'text/html' }
    const put = await call(`${resourcePath(name)}/content`, { method: 'PUT', body: text, headers })
    // One that was not taken has no address, and is counted by itself.
    const worded = /images in a line/.test(put.headers.get('warning') ?? '')
    return { name, worded, left }
  } catch (error) {
    // Half a document is none.
    await deleteDocument(name).catch(() => undefined)
    throw error
  }
}
