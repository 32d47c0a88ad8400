// Branches: one's own version of a document, kept on the server as it was before a merge.
import { resourcePath } from '../address'
import { call, json } from './documents'

/** Names beyond Latin-1 travel in a header as the bytes of UTF-8. */
const inHeader = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text))

/** Keeps a state, as a Yjs update; returns the id of its version. */
export async function keepBranch(
  document: string,
  state: Uint8Array<ArrayBuffer>,
  name: string,
  author: string,
): Promise<string> {
  const answer = await call(`${resourcePath(document)}/versions?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    body: state,
    headers: { 'content-type': 'application/octet-stream', 'x-cowrite-author': inHeader(author) },
  })
  const { id } = await json<{ id: string | number }>(answer)
  return String(id)
}
