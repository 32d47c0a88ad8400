// Comments that are written and not sent.
import { beforeEach, expect, it, vi } from 'vitest'
import { Drafts, NEW, replyTo } from '../../src/comments/drafts'

beforeEach(() => sessionStorage.clear())

// A reload, and be it the one that the page itself offers, lost every comment that was being written.
it('outlive a reload until they are sent or put away, each in its document', () => {
  const drafts = new Drafts('d')
  drafts.write(NEW, 'Why')
  drafts.write(NEW, 'Why?')
  drafts.write(replyTo('t'), 'Because.')
  expect(new Drafts('d').former).toBe('Why?')
  expect([...new Drafts('d').begun.value]).toEqual([replyTo('t')])
  expect(new Drafts('other').begun.value.size).toBe(0)
  drafts.drop(NEW)
  expect(new Drafts('d').former).toBe('')
  drafts.drop(replyTo('t'))
  expect(sessionStorage).toHaveLength(0)
})

// It has lost its words with the page, and no field shows it until a comment is begun.
it('of a new thread wait for the next that is begun', () => {
  new Drafts('d').write(NEW, 'Why?')
  const again = new Drafts('d')
  expect(again.read(NEW)).toBe(null)
  again.write(replyTo('t'), 'Because.')
  expect(new Drafts('d').former).toBe('Why?')
  again.write(NEW, 'Why not?')
  expect(again.former).toBe('')
  expect(new Drafts('d').former).toBe('Why not?')
  new Drafts('d').drop(NEW)
  expect(new Drafts('d').former).toBe('')
})

it('are kept as far as there is room, the newest first', () => {
  const drafts = new Drafts('d')
  for (let index = 0; index < 12; index += 1) drafts.write(replyTo(`t${index}`), 'x'.repeat(10_000))
  drafts.write(replyTo('t0'), 'y'.repeat(10_000))
  const again = new Drafts('d')
  expect(again.begun.value.size).toBe(10)
  expect(again.read(replyTo('t0'))).not.toBe(null)
  expect(again.read(replyTo('t1'))).toBe(null)
  expect(drafts.begun.value.size).toBe(12)
})

it('live as long as the page where storage is refused or damaged', () => {
  sessionStorage.setItem('cowrite:drafts:d', '{"NEW":')
  expect(new Drafts('d').begun.value.size).toBe(0)
  sessionStorage.setItem('cowrite:drafts:d', '[1,["new"],["new",2]]')
  expect(new Drafts('d').begun.value.size).toBe(0)
  const refuse = () => {
    throw new Error('refused')
  }
  vi.stubGlobal('sessionStorage', { getItem: refuse, setItem: refuse, removeItem: refuse })
  const drafts = new Drafts('d')
  drafts.write(NEW, 'Why?')
  expect(drafts.read(NEW)).toBe('Why?')
  vi.unstubAllGlobals()
})
