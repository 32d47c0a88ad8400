// What a refusal says to a person. The server speaks to programs, in codes and lower-case reasons;
// what people meet often is said in our own words, and the rest at least as a sentence.
import { Refusal } from '../api/documents'
import { type MessageKey, message } from './message'

const KNOWN: Record<string, MessageKey> = {
  document_deleted: 'refusal.deleted',
  document_exists: 'refusal.exists',
  document_not_found: 'refusal.notFound',
  unknown_file: 'refusal.unknownFile',
}

/** A reason as a sentence: it begins with a capital and ends like one. */
export function sentence(reason: string): string {
  const [first = '', ...rest] = reason.trim()
  const whole = first.toLocaleUpperCase() + rest.join('')
  return whole === '' || /[.!?…]$/.test(whole) ? whole : `${whole}.`
}

export function explain(error: unknown): string {
  if (!(error instanceof Refusal)) return message('error.unexpected')
  const known = KNOWN[error.code]
  return known === undefined ? sentence(error.message) : message(known)
}
