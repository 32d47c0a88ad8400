import { describe, expect, it } from 'vitest'
import { placeCards, type Wish } from '../../src/comments/placement'

const wish = (id: string, at: number, height = 50): Wish => ({ id, at, height })
const tops = (wishes: Wish[], active: string | null = null) =>
  Object.fromEntries(placeCards(wishes, active, 10))

describe('cards in the margin', () => {
  it('stand beside their words while there is room', () => {
    expect(tops([wish('a', 5), wish('b', 200)])).toEqual({ a: 5, b: 200 })
  })

  it('are pushed down in the order of the text, however they are listed', () => {
    expect(tops([wish('b', 20), wish('c', 30), wish('a', 10)])).toEqual({ a: 10, b: 70, c: 130 })
    expect(tops([wish('first', 10), wish('second', 10)])).toEqual({ first: 10, second: 70 })
  })

  it('make way upwards for the active one', () => {
    const wishes = [wish('a', 300), wish('b', 310), wish('c', 320)]
    expect(tops(wishes, 'c')).toEqual({ a: 200, b: 260, c: 320 })
    expect(tops(wishes, 'b')).toEqual({ a: 250, b: 310, c: 370 })
    expect(tops([wish('far', 0), ...wishes], 'c').far).toBe(0)
  })

  it('never stand above the beginning, where nobody could reach them', () => {
    expect(tops([wish('a', 10), wish('b', 20)], 'b')).toEqual({ a: 0, b: 60 })
  })

  it('never lie upon each other, and keep their order', () => {
    let seed = 1
    const below = (limit: number) => {
      seed = (seed * 48271) % 2147483647
      return seed % limit
    }
    for (let round = 0; round < 500; round++) {
      const wishes = Array.from({ length: 1 + below(9) }, (_, i) => wish(`${i}`, below(400), 20 + below(90)))
      const active = below(2) === 0 ? null : `${below(wishes.length)}`
      const placed = placeCards(wishes, active, 10)
      const sorted = [...wishes].sort((a, b) => a.at - b.at || Number(a.id) - Number(b.id))
      let free = 0
      for (const { id, height } of sorted) {
        const top = placed.get(id) ?? Number.NaN
        expect(top).toBeGreaterThanOrEqual(free)
        free = top + height + 10
      }
    }
  })
})
