// Files of a document, on their way to the server. XMLHttpRequest, because nothing else tells how much
// of what is sent has left.
//
// A document that nobody wrote in is not on the server yet, and has no files: it is made by name then,
// which gives nobody's words to anybody. Whatever hinders a file becomes a `Refusal`.
import { resourcePath } from '../address'
import { createDocument, Refusal } from './documents'

export interface StoredFile {
  url: string
  name: string
  /** What the server found it to be, whatever its sender says. */
  type: string
  bytes: number
  width: number | null
  height: number | null
}

interface Watch {
  progress: (share: number) => void
  signal: AbortSignal
}

const lost = (): Refusal => new Refusal('unreachable', 'The server cannot be reached.', 0)

function refusalOf(request: XMLHttpRequest): Refusal {
  try {
    const { error } = JSON.parse(request.responseText) as { error?: { code?: unknown; message?: unknown } }
    if (typeof error?.code === 'string')
      // Of a text it would be the text that is too long.
      return new Refusal(
        error.code === 'too_large' ? 'file_too_large' : error.code,
        String(error.message ?? error.code),
        request.status,
      )
  } catch {
    // Not JSON: a proxy answered in the server's place.
  }
  return new Refusal('unreachable', 'The server cannot be reached.', request.status)
}

function post(address: string, file: Blob, { progress, signal }: Watch): Promise<StoredFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const stop = () => request.abort()
    request.open('POST', address)
    request.setRequestHeader('accept', 'application/json')
    // What a file is, its bytes decide; a form or a text would be read as something else.
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable && event.total > 0) progress(event.loaded / event.total)
    })
    request.addEventListener('load', () => {
      if (request.status !== 200 && request.status !== 201) return reject(refusalOf(request))
      try {
        resolve(JSON.parse(request.responseText) as StoredFile)
      } catch {
        reject(lost())
      }
    })
    request.addEventListener('error', () => reject(lost()))
    request.addEventListener('timeout', () => reject(lost()))
    request.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')))
    request.addEventListener('loadend', () => signal.removeEventListener('abort', stop))
    signal.addEventListener('abort', stop)
    if (signal.aborted) return reject(new DOMException('Cancelled', 'AbortError'))
    request.send(file)
  })
}

/** Documents that are being made, so that several files make one once. */
const making = new Map<string, Promise<unknown>>()
/** Those that were made, or found to be there. */
const made = new Set<string>()

function make(document: string): Promise<unknown> {
  const begun =
    making.get(document) ??
    createDocument(document)
      .catch((error: unknown) => {
        // Somebody else wrote in it meanwhile.
        if (!(error instanceof Refusal) || error.code !== 'document_exists') throw error
      })
      .then(() => made.add(document))
      .finally(() => making.delete(document))
  making.set(document, begun)
  return begun
}

/** Sends a file to a document, which is made if it is not there yet. `known`: it is. */
export async function sendFile(
  document: string,
  known: boolean,
  file: Blob,
  name: string,
  watch: Watch,
): Promise<StoredFile> {
  const address = `${resourcePath(document)}/files?name=${encodeURIComponent(name)}`
  if (!known && !made.has(document)) await make(document)
  try {
    return await post(address, file, watch)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'document_not_found') throw error
  }
  await make(document)
  return post(address, file, watch)
}
