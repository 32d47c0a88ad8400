import { expect, test } from 'vitest'
import { caretAfter, mergeTitles } from '../../src/ui/document/retitling'

test.each([
  ['nothing changed elsewhere', 'Plan', 'Plans', 'Plan', 'Plans'],
  ['nothing changed here', 'Plan', 'Plan', 'The plan', 'The plan'],
  ['one at the start, one at the end', 'Plan', 'Plan B', 'The Plan', 'The Plan B'],
  ['one at the end, one at the start', 'Plan', 'The Plan', 'Plan B', 'The Plan B'],
  ['both from nothing', '', 'Mine', 'Theirs', 'TheirsMine'],
  ['a word replaced, another added', 'Plan of May', 'Plan of June', 'Our Plan of May', 'Our Plan of June'],
  ['both replaced the same word', 'Plan of May', 'Plan of June', 'Plan of July', 'Plan of June'],
  ['cleared elsewhere, written on here', 'Plan', 'Plans', '', 's'],
  ['the same done twice', 'Plan', 'Plans', 'Plans', 'Plans'],
])('%s', (_what, base, mine, theirs, merged) => {
  expect(mergeTitles(base, mine, theirs)).toBe(merged)
})

// What two emoji have in common was taken for a letter: of both edits half of one was left.
test('a letter of two places changes as a whole', () => {
  expect(mergeTitles('😀', '🨀', '')).toBe('🨀')
  expect(mergeTitles('a😀', 'a😁', '😀')).toBe('😁')
  expect(caretAfter('😀', '😁', 2)).toBe(2)
  expect(caretAfter('😀b', '😁b', 1)).toBe(2)
})

test('a caret stays at its letter', () => {
  expect(caretAfter('Plan', 'The Plan', 4)).toBe(8)
  expect(caretAfter('Plan', 'Plan B', 2)).toBe(2)
  expect(caretAfter('Plan of May', 'Plan', 8)).toBe(4)
})
