import { expect, it } from 'vitest'
import { circleIn } from '../../bundle/chunks'

const needs = (...pairs: [string, string[]][]) => new Map(pairs)

it('finds chunks that need each other, however far round', () => {
  expect(circleIn(needs(['a', ['b', 'c']], ['b', ['c']], ['c', []]))).toBeNull()
  expect(circleIn(needs(['x', ['a']], ['a', ['b']], ['b', ['c']], ['c', ['a']]))).toEqual([
    'a',
    'b',
    'c',
    'a',
  ])
})
