// What a text may call for and no part of the page brings: a verdict on a suggestion, what is pasted, emoji,
// the colours of code, formulas. Fetched when all else is there, so that it is there when the line is not.
import { fetchPaste } from '../../editor/clipboard'

/** Ends at the first that does not come: a browser would not fetch it again, and the line is away. */
export async function fetchRest(): Promise<void> {
  await import('../../editor/verdict')
  await fetchPaste()
  await import('../../editor/emojidata')
  await import('../../editor/grammars')
  await import('../../editor/formula')
}
