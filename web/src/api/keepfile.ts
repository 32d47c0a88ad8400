// A file that is kept for a document which is being made of others: one after the other, before its text refers
// to them. What the server never takes is left out; what it does not take now fails as a whole, and is tried
// again as a whole.
import { resourcePath } from '../address'
import { call, json, Refusal } from './documents'

/** Answers that another try may change: the sender was too slow, or sends too much. */
const LATER = [408, 429]

/** The address of what `keep` kept; null when the file is not there, is too large, or of a kind that is not taken. */
export async function unlessRefused(keep: () => Promise<string>): Promise<string | null> {
  try {
    return await keep()
  } catch (error) {
    const { status } = error instanceof Refusal ? error : { status: 0 }
    if (status >= 400 && status < 500 && !LATER.includes(status)) return null
    throw error
  }
}

/** Keeps a file for a document. `headers` say what it is called; what it is, its bytes decide. */
export async function keepFile(
  document: string,
  body: Blob,
  headers: Record<string, string> = {},
): Promise<string> {
  const kept = await call(`${resourcePath(document)}/files`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/octet-stream', ...headers },
  })
  return (await json<{ url: string }>(kept)).url
}
