// What a refusal says to a person. The server speaks to programs, in codes and lower-case reasons;
// what people meet often is said in our own words, and the rest at least as a sentence.
import { Refusal } from '../api/documents'
import { type MessageKey, message } from './message'
import { megabytes } from './when'

const KNOWN: Record<string, MessageKey> = {
  document_deleted: 'refusal.deleted',
  document_exists: 'refusal.exists',
  document_not_found: 'refusal.notFound',
  document_not_yet: 'refusal.notYet',
  history_gone: 'refusal.historyGone',
  history_unreadable: 'refusal.historyUnreadable',
  malformed_word: 'refusal.malformedWord',
  unknown_file: 'refusal.unknownFile',
  version_not_found: 'refusal.noVersion',
}

/** A reason as a sentence: it begins with a capital and ends like one. */
export function sentence(reason: string): string {
  const [first = '', ...rest] = reason.trim()
  const whole = first.toLocaleUpperCase() + rest.join('')
  return whole === '' || /[.!?…]$/.test(whole) ? whole : `${whole}.`
}

export function explain(error: unknown): string {
  if (!(error instanceof Refusal)) return message('error.unexpected')
  if (error.code === 'file_too_large') {
    const [bytes] = /\d+/.exec(error.message) ?? []
    if (bytes !== undefined) return message('refusal.fileTooLarge', { size: megabytes(Number(bytes)) })
  }
  const known = KNOWN[error.code]
  return known === undefined ? sentence(error.message) : message(known)
}
