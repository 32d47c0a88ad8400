// How somebody came to the page of a document: by making it a moment ago, or in another way.
//
// The two are pages of their own, so the one tells the other through the storage of this tab. It is
// said of one document and believed once: a reload, or the way back, makes nothing new.
import { documentPath } from './address'

const KEY = 'cowrite:made'

/** Goes to a document that was made just now. */
export function enterNew(name: string): void {
  try {
    sessionStorage.setItem(KEY, name)
  } catch {
    // Storage is refused: the page is entered like any other.
  }
  location.assign(documentPath(name))
}

/** Whether the page came by `enterNew` with this name; true at the first question only. */
export function justMade(name: string): boolean {
  try {
    const made = sessionStorage.getItem(KEY)
    sessionStorage.removeItem(KEY)
    return made === name
  } catch {
    return false
  }
}
