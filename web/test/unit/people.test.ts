// Names and colours: ours are friendly and readable, those of others are not trusted.
import { describe, expect, it } from 'vitest'
import { parseIdentity } from '../../src/people/identity'
import { initials, inventName, tidyName } from '../../src/people/name'
import { colourFor, contrastWithWhite, isColour, PALETTE } from '../../src/people/palette'
import { personOf } from '../../src/people/presence'

describe('colours', () => {
  it('let a white name be read on every one of them', () => {
    for (const colour of PALETTE) expect(contrastWithWhite(colour), colour).toBeGreaterThanOrEqual(4.5)
  })

  // Crimson and raspberry were two colours of the palette, and one to the eye.
  it('do not look alike', () => {
    const linear = (at: number, colour: string) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    }
    // Oklab, in which equal distances look equal.
    const seen = (colour: string): [number, number, number] => {
      const [r, g, b] = [linear(1, colour), linear(3, colour), linear(5, colour)]
      const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
      const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
      const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
      return [
        0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
      ]
    }
    for (const one of PALETTE)
      for (const other of PALETTE) {
        if (one === other) continue
        const [a, b] = [seen(one), seen(other)]
        const distance = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
        expect(distance, `${one} ${other}`).toBeGreaterThan(0.1)
      }
  })

  it('belong to a seed', () => {
    expect(colourFor('Ada')).toBe(colourFor('Ada'))
    expect(PALETTE).toContain(colourFor(''))
  })

  it('are six hex digits and nothing else', () => {
    expect(isColour('#1A6fc4')).toBe(true)
    for (const bad of ['red', '#fff', '#1a6fc4;background:url(//x)', 'var(--x)', 7, null])
      expect(isColour(bad)).toBe(false)
  })
})

describe('names', () => {
  it('are invented of two words', () => {
    expect(inventName(() => 0)).toBe('Amber Badger')
    expect(inventName(() => 0.999)).toBe('Witty Tapir')
  })

  it('lose control characters, surplus spaces and surplus length', () => {
    expect(tidyName('  Ada \n\t Lovelace ')).toBe('Ada Lovelace')
    expect(tidyName('\u202eevil\u0000')).toBe('evil')
    expect(tidyName('😀'.repeat(60))).toBe('😀'.repeat(40))
    for (const nothing of ['', '   ', 7, null, {}]) expect(tidyName(nothing)).toBeNull()
  })

  it('have at most two initials', () => {
    expect(initials('Ada Lovelace')).toBe('AL')
    expect(initials('Jean-Luc')).toBe('J')
    expect(initials('Ludwig van Beethoven')).toBe('LB')
    expect(initials('😀 smile')).toBe('😀S')
  })
})

describe('others', () => {
  it('are parsed from what they announce', () => {
    const person = personOf(7, { user: { name: 'Ada', color: '#1a6fc4' }, cursor: { anchor: {}, head: {} } })
    expect(person).toEqual({ id: 7, name: 'Ada', color: '#1a6fc4', since: 0, idle: false, writing: true })
  })

  it('came when they say, if they say it in numbers', () => {
    const since = (value: unknown) => personOf(7, { user: { name: 'Ada', since: value } })?.since
    expect(since(1234)).toBe(1234)
    for (const nonsense of ['1', Number.NaN, Number.POSITIVE_INFINITY, null, undefined, {}])
      expect(since(nonsense)).toBe(0)
  })

  it('get a name and a colour when theirs cannot be used', () => {
    const person = personOf(7, { user: { name: 12, color: 'url(evil)' } })
    expect(person?.name).toBe('Guest')
    expect(PALETTE).toContain(person?.color)
    expect(person?.writing).toBe(false)
  })

  it('announce data, never style or markup', () => {
    for (const color of [
      'red;background:url(//evil.example/x)',
      '#1a6fc4;position:fixed;inset:0',
      'url(javascript:alert(1))',
      '#1a6fc4"><script>alert(1)</script>',
      'var(--x)',
      'expression(alert(1))',
      '#1a6fc4\n',
      ['#1a6fc4'],
      { toString: () => '#1a6fc4' },
    ])
      expect(PALETTE).toContain(personOf(7, { user: { name: 'Ada', color } })?.color)
    // Markup is a name like any other: it is only ever set as text.
    const name = '<img src=x onerror=alert(1)>'
    expect(personOf(7, { user: { name, color: '#1a6fc4' } })?.name).toBe(name)
  })

  it('are nobody without announcing a person', () => {
    for (const state of [null, {}, { user: null }, { user: 'Ada' }, 5]) expect(personOf(1, state)).toBeNull()
  })
})

it('an identity that was damaged is not used', () => {
  expect(parseIdentity('{"name":"Ada","color":"#1a6fc4"}')).toEqual({ name: 'Ada', color: '#1a6fc4' })
  for (const bad of [null, '', '{', '{}', '{"name":"Ada","color":"red"}'])
    expect(parseIdentity(bad)).toBeNull()
})
