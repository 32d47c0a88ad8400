// What is written in a comment and not sent, when its place goes meanwhile.
import { signal } from '@preact/signals'
import { h, render } from 'preact'
import { act } from 'preact/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { changeOf, Drafts } from '../../src/comments/drafts'
import { rememberOwn } from '../../src/comments/own'
import { Threads } from '../../src/comments/threads'
import * as writing from '../../src/comments/writing'
import { Card } from '../../src/ui/comments/card'
import { change, deletedUnder, isWrittenIn, takenUnder } from '../../src/ui/comments/deeds'
import { type Desk, DeskContext } from '../../src/ui/document/desk'

vi.mock('../../src/ui/comments/acts', () => ({ canComment: () => true, activate: () => {} }))

beforeEach(() => sessionStorage.clear())

const ADA = { name: 'Ada', color: '#1a6fc4' }

function seated() {
  const threads = new Threads(new Y.Doc().getMap<unknown>('comments'))
  const comments = { threads, drafts: new Drafts('d'), active: signal<string | null>(null) }
  const desk = { comments, me: signal(ADA) } as unknown as Desk
  const own = writing.begin(threads, 't1', 'words', ADA, 'Why?')
  const [thread] = threads.list.value
  if (thread === undefined) throw new Error('The thread was not begun.')
  const said = () => threads.list.value.map(({ messages }) => messages.map(({ text }) => text))
  return { desk, comments: desk.comments, threads, own, thread, said }
}

// Who changed a message that was deleted meanwhile lost what they wrote: it was put away as if it had
// been sent.
it('says a message again that went while it was changed', () => {
  const { desk, threads, own, thread, said } = seated()
  writing.reply(threads, 't1', ADA, 'Because.')
  writing.remove(threads, 't1', own)
  expect(change(desk, thread, own, 'Why not?')).toBe(true)
  expect(said()).toEqual([['Because.', 'Why not?']])
})

it('begins a thread anew that went while a message of it was changed', () => {
  const { desk, threads, own, thread, said } = seated()
  threads.shared.delete('t1')
  expect(change(desk, thread, own, 'Why not?')).toBe(true)
  expect(said()).toEqual([['Why not?']])
})

// No card showed it, and an empty margin stood there.
it('shows what is written in a message that went, with its thread or alone', () => {
  const { comments, threads, own, thread } = seated()
  comments.drafts.write(changeOf(own), 'Why not?')
  const answer = writing.reply(threads, 't1', ADA, 'Because.')
  writing.remove(threads, 't1', own)
  const [left] = threads.list.value
  expect(left && isWrittenIn(comments, left)).toBe(true)
  expect(takenUnder(comments, thread).map(({ id }) => id)).toEqual([own])
  writing.remove(threads, 't1', answer ?? '')
  expect(deletedUnder(comments).map(({ id }) => id)).toEqual(['t1'])
  comments.drafts.drop(changeOf(own))
  expect(deletedUnder(comments)).toEqual([])
})

// A message that was gone could be changed and deleted from its menu: the one sent a second message, the
// other did nothing.
it('offers nothing to be done with a message that went, but to say it again', async () => {
  const { comments, desk, threads, own } = seated()
  rememberOwn(own)
  writing.reply(threads, 't1', ADA, 'Because.')
  comments.active.value = 't1'
  comments.drafts.write(changeOf(own), 'Why not?')
  const buttons = async (deleted: boolean) => {
    const thread = threads.list.value[0] ?? threads.former[0]
    if (thread === undefined) throw new Error('There is no thread.')
    const card = h(Card, { thread, placed: false, quoted: false, deleted })
    await act(() => render(h(DeskContext.Provider, { value: desk }, card), document.body))
    const said = document.querySelector(`[data-message="${own}"]`)
    const names = [...(said?.querySelectorAll('button') ?? [])].map(
      (button) => button.getAttribute('aria-label') ?? button.textContent?.trim(),
    )
    return { names, text: said?.textContent ?? '' }
  }
  expect((await buttons(false)).names).toContain('Edit or delete this comment')
  writing.remove(threads, 't1', own)
  const taken = await buttons(false)
  expect(taken.names).toEqual(['Cancel', 'Comment'])
  expect(taken.text).toContain('This comment was deleted meanwhile.')
  threads.shared.delete('t1')
  expect((await buttons(true)).names).toEqual(['Cancel', 'Comment'])
  render(null, document.body)
})

// A page that was opened again put the caret into a comment that had been changed before, perhaps far from what
// was to be seen, and the next letters went there.
it('takes the focus where one begins to change a message, and not where a former visit did', async () => {
  const { comments, desk, own, thread } = seated()
  rememberOwn(own)
  const show = async () => {
    const card = h(Card, { thread, placed: false, quoted: false })
    await act(() => render(h(DeskContext.Provider, { value: desk }, card), document.body))
    const focused = document.activeElement instanceof HTMLTextAreaElement
    render(null, document.body)
    return focused
  }
  comments.drafts.write(changeOf(own), 'Why not?')
  expect(await show()).toBe(true)
  Object.assign(comments, { drafts: new Drafts('d') })
  expect(comments.drafts.read(changeOf(own))).toBe('Why not?')
  expect(await show()).toBe(false)
})
