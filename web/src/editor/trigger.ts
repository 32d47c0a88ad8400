// When a list of suggestions may open, and when it may stay. It opens for a sign that was typed here and
// now, never for one that stood there, was pasted, or was written by somebody else; once it is closed it
// stays closed until the sign is typed again.
import type { Transaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'

interface Asked {
  /** Whether the list is open, and for a sign at which place. */
  open: { from: number } | null
  /** Where the sign and the words behind it are now. */
  from: number
  query: string
  /** How long the sign is. */
  length: number
}

/** Whether the last letter of the sign came with this transaction, from this page. */
function typed(transaction: Transaction, end: number): boolean {
  if (!transaction.docChanged || transaction.getMeta(ySyncPluginKey) !== undefined) return false
  let found = false
  transaction.mapping.maps.forEach((map, index) => {
    const rest = transaction.mapping.slice(index + 1)
    map.forEach((_oldStart, _oldEnd, start, stop) => {
      if (rest.map(start) < end && rest.map(stop, -1) >= end) found = true
    })
  })
  return found
}

export function mayBeOpen(transaction: Transaction, { open, from, query, length }: Asked): boolean {
  // Elsewhere without a change is another place the caret went to.
  if (open !== null) return transaction.docChanged || open.from === from
  return query === '' && typed(transaction, from + length)
}
