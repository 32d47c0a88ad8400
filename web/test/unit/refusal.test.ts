// Raw text of the server ("the document was deleted") was shown to people where they had asked for
// a new document under a name that is taken by a deleted one.
import { expect, it } from 'vitest'
import { Refusal } from '../../src/api/documents'
import { explain, sentence } from '../../src/i18n/refusal'

it('says in our own words what people meet often, and what to do about it', () => {
  const deleted = explain(new Refusal('document_deleted', 'the document was deleted', 410))
  expect(deleted).toMatch(/^A document of this name was deleted.*Restore/)
  expect(explain(new Refusal('document_exists', 'there is already a document', 409))).toMatch(/another name/)
})

it('says everything else as a sentence', () => {
  const many = 'too many new documents come from your address; try again in a minute'
  expect(explain(new Refusal('too_many_documents', many, 429))).toBe(`T${many.slice(1)}.`)
  expect(sentence('this update is in quarantine')).toBe('This update is in quarantine.')
  expect(sentence('Is it? ')).toBe('Is it?')
  expect(sentence('')).toBe('')
})

it('says nothing of errors of its own', () => {
  expect(explain(new TypeError('x is undefined'))).not.toMatch(/undefined/)
})
