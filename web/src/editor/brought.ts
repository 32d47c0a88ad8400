// The pictures that pasted markup brings along: what is behind their addresses.
import { blobOf } from '../api/dataurl'
import { Refusal } from '../api/documents'
import { message } from '../i18n/message'

/** A picture of another document, or one that is its own address. */
export async function fetched(address: string, written: boolean): Promise<Blob> {
  if (written) return decoded(address)
  let response: Response
  try {
    response = await fetch(address)
  } catch {
    throw new Refusal('unreachable', 'The server cannot be reached.', 0)
  }
  if (!response.ok) throw new Refusal('file_not_found', message('upload.gone'), response.status)
  return response.blob()
}

function decoded(address: string): Blob {
  try {
    return blobOf(address)
  } catch {
    throw new Refusal('bad_picture', message('upload.unreadable'), 0)
  }
}
