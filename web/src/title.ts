// The title of a document as it may be shown. It stands in a shared map where anybody may have put
// anything, and is shown in a header, a tab and lists: what is no text is none, and what is long is cut.
import { wholeLetters } from './letters'

/** Characters that a title may have, as the server counts them: one that takes two places is one. */
export const LONGEST_TITLE = 200

export function titleOf(value: unknown): string {
  if (typeof value !== 'string') return ''
  if (value.length <= LONGEST_TITLE) return wholeLetters(value)
  // Of what may be endless no more is read than may be shown.
  const characters = [...value.slice(0, 2 * LONGEST_TITLE + 1)]
  return wholeLetters(characters.slice(0, LONGEST_TITLE).join(''))
}
