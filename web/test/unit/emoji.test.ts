// Emoji by their names.
import { gemoji } from 'gemoji'
import { expect, test } from 'vitest'
import { popularEmoji, searchEmoji } from '../../src/editor/emojisearch'

const found = (query: string) => searchEmoji(gemoji, query).map(({ emoji }) => emoji)

test('the name somebody means comes first', () => {
  expect(found('smile')[0]).toBe('😄')
  expect(found('tada')[0]).toBe('🎉')
  expect(found('+1')[0]).toBe('👍')
  expect(found('-1')[0]).toBe('👎')
  expect(found('white-check')[0]).toBe('✅')
  expect(found('100')[0]).toBe('💯')
})

test('they are found by what they show, too', () => {
  expect(found('celebrat')).toContain('🥳')
  expect(found('aubergine').concat(found('eggplant'))).toContain('🍆')
  expect(found('qwxyz')).toEqual([])
})

test('times and signs are no emoji', () => {
  for (const query of ['30', '00', ')', '/', '//']) expect(found(query)).toEqual([])
})

test('the popular ones are all there', () => {
  expect(popularEmoji(gemoji).length).toBe(22)
})
