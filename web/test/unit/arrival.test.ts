// A new document did not take the caret, because its page did not know that it was new.
import { beforeEach, expect, it, vi } from 'vitest'
import { enterNew, justMade } from '../../src/arrival'

const went = vi.fn()
beforeEach(() => {
  went.mockReset()
  sessionStorage.clear()
  vi.stubGlobal('location', { assign: went })
})

it('is known of the document that was made, and of no other', () => {
  enterNew('team/plan')
  expect(went).toHaveBeenCalledWith('/d/team/plan')
  expect(justMade('team')).toBe(false)
  // A tab that went elsewhere in between is not told later either.
  expect(justMade('team/plan')).toBe(false)
})

it('is believed once: a reload makes nothing new', () => {
  enterNew('notes')
  expect(justMade('notes')).toBe(true)
  expect(justMade('notes')).toBe(false)
})

it('goes there also where the tab may store nothing', () => {
  vi.stubGlobal('sessionStorage', {
    setItem: () => {
      throw new Error('refused')
    },
    getItem: () => {
      throw new Error('refused')
    },
  })
  enterNew('notes')
  expect(went).toHaveBeenCalledWith('/d/notes')
  expect(justMade('notes')).toBe(false)
  vi.unstubAllGlobals()
})
