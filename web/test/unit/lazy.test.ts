// Parts of the page that are fetched when they are first shown, or ahead of that.
import { h, options, render } from 'preact'
import { afterEach, expect, test, vi } from 'vitest'
import { learnLater } from '../../src/i18n/message'
import { lazy } from '../../src/ui/parts/lazy'

const { requestAnimationFrame: paints } = options
afterEach(() => {
  options.requestAnimationFrame = paints
})

// The bug: what was fetched ahead, and came between the moment when the part was drawn without it and the
// moment when it asked for it, was never shown. Ctrl+F in the first second of a page had no bar, for good.
test('a part that comes right after it was drawn without it is shown', async () => {
  let painted = () => {}
  options.requestAnimationFrame = (effects: () => void) => {
    painted = effects
  }
  let come: (part: () => string) => void = () => {}
  const Part = lazy(
    () =>
      new Promise<() => string>((resolve) => {
        come = resolve
      }),
  )
  const page = document.createElement('div')
  Part.ahead()
  render(h(Part, {}), page)
  expect(page.textContent).toBe('')
  come(() => 'here')
  await learnLater()
  await new Promise((resolve) => setTimeout(resolve))
  painted()
  come(() => 'here')
  await vi.waitFor(() => expect(page.textContent).toBe('here'))
  render(null, page)
})
