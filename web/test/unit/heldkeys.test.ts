// Keys that are for a field which is on its way.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { holdKeys } from '../../src/ui/parts/heldkeys'

const written: string[] = []
/** What came through to the page. */
const heard: string[] = []
const hears = (event: Event) => heard.push((event as KeyboardEvent).key)
let end = () => {}

beforeEach(() => {
  vi.useFakeTimers()
  document.execCommand = (_name: string, _shown?: boolean, words?: string) => {
    written.push(words ?? '')
    return true
  }
  document.addEventListener('keydown', hears)
  end = holdKeys()
})
afterEach(() => {
  end()
  document.removeEventListener('keydown', hears)
  written.length = 0
  heard.length = 0
  vi.useRealTimers()
})

const press = (key: string, more: KeyboardEventInit = {}) =>
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
const happens = (what: string, to: Element = document.body) =>
  to.dispatchEvent(new Event(what, { bubbles: true }))
const focuses = (kind: string) => {
  const element = document.createElement(kind)
  document.body.append(element)
  happens('focusin', element)
  element.remove()
}

it('come into the field that takes the focus, and into nothing else, and those behind them are its own', () => {
  for (const key of ['a', 'Enter', 'b']) expect(press(key)).toBe(false)
  focuses('div')
  vi.runAllTimers()
  expect(written).toEqual([])
  focuses('input')
  press('c')
  vi.runAllTimers()
  press('d')
  expect(written).toEqual(['abc'])
  expect(heard).toEqual(['d'])
})

it('are held no longer than one waits', () => {
  for (const waitsNoLonger of [() => press('Escape'), () => happens('pointerdown')]) {
    press('a')
    waitsNoLonger()
    expect(press('b')).toBe(true)
    focuses('input')
    vi.runAllTimers()
    expect(written).toEqual([])
    expect(heard.splice(0)).toEqual(['b'])
    end = holdKeys()
  }
})

it('are not those of a shortcut', () => {
  press('z', { ctrlKey: true })
  expect(heard).toEqual(['z'])
})
