import { describe, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { LONGEST, MESSAGES, MESSAGES_IN_ALL, MOST, quoteOf, threadOf } from '../../src/comments/thread'
import { Threads } from '../../src/comments/threads'
import { tintRules } from '../../src/comments/tint'
import * as writing from '../../src/comments/writing'
import { newId } from '../../src/newid'

const ADA = { name: 'Ada', color: '#1a6fc4' }
const GRACE = { name: 'Grace', color: '#c2255c' }

function fresh() {
  const doc = new Y.Doc()
  const map = doc.getMap<unknown>('comments')
  return { doc, map, threads: new Threads(map) }
}

function meet(a: Y.Doc, b: Y.Doc) {
  Y.applyUpdate(a, Y.encodeStateAsUpdate(b))
  Y.applyUpdate(b, Y.encodeStateAsUpdate(a))
}

describe('threads in the shared map', () => {
  it('are begun, answered, changed, resolved and opened again', () => {
    const { threads } = fresh()
    const first = writing.begin(threads, 't1', ' the  words ', ADA, 'Why?')
    const second = writing.reply(threads, 't1', GRACE, 'Because.')
    const [thread] = threads.list.value
    expect(thread).toMatchObject({ id: 't1', quote: 'the words', by: ADA, resolved: null })
    expect(thread?.messages.map(({ by, text }) => [by.name, text])).toEqual([
      ['Ada', 'Why?'],
      ['Grace', 'Because.'],
    ])
    writing.edit(threads, 't1', second ?? '', 'So that it works.')
    expect(threads.list.value[0]?.messages[1]).toMatchObject({ text: 'So that it works.' })
    expect(threads.list.value[0]?.messages[1]?.edited).not.toBeNull()
    writing.resolve(threads, 't1', GRACE)
    expect(threads.list.value[0]?.resolved?.by).toEqual(GRACE)
    writing.reopen(threads, 't1')
    expect(threads.list.value[0]?.resolved).toBeNull()
    expect(writing.remove(threads, 't1', first)).toBe(false)
    expect(writing.remove(threads, 't1', second ?? '')).toBe(true)
    expect(threads.list.value).toEqual([])
    expect(writing.reply(threads, 'never', ADA, 'nowhere')).toBeNull()
  })

  // Half of a letter travels as another sign: its writer read one text, and everybody else another.
  it('are of whole letters', () => {
    const { threads } = fresh()
    const id = writing.begin(threads, 't', 'words', ADA, 'Why \ud83d?')
    expect(threads.list.value[0]?.messages[0]?.text).toBe('Why \ufffd?')
    writing.edit(threads, 't', id, `${'a'.repeat(LONGEST - 1)}😀`)
    expect(threads.list.value[0]?.messages[0]?.text).toBe(`${'a'.repeat(LONGEST - 1)}\ufffd`)
  })

  it('merge: replies of two who were apart are both there', () => {
    const [a, b] = [fresh(), fresh()]
    writing.begin(a.threads, 't', 'words', ADA, 'one')
    meet(a.doc, b.doc)
    writing.reply(a.threads, 't', ADA, 'from Ada')
    writing.reply(b.threads, 't', GRACE, 'from Grace')
    writing.resolve(b.threads, 't', GRACE)
    meet(a.doc, b.doc)
    const said = a.threads.list.value[0]?.messages.map((message) => message.text)
    expect(new Set(said)).toEqual(new Set(['one', 'from Ada', 'from Grace']))
    expect(b.threads.list.value[0]).toEqual(a.threads.list.value[0])
    expect(a.threads.list.value[0]?.resolved?.by.name).toBe('Grace')
  })

  it('are the same objects as long as nothing in them changes', () => {
    const { threads } = fresh()
    writing.begin(threads, 't1', 'a', ADA, 'one')
    writing.begin(threads, 't2', 'b', ADA, 'two')
    const before = threads.list.value.find(({ id }) => id === 't1')
    writing.reply(threads, 't2', ADA, 'more')
    expect(threads.list.value.find(({ id }) => id === 't1')).toBe(before)
  })

  it('are none when what is in the map is something else, and nothing breaks', () => {
    const { doc, map, threads } = fresh()
    doc.transact(() => {
      map.set('text', 'not a thread')
      map.set('null', null)
      map.set('empty', new Y.Map())
      map.set('bare', new Y.Map([['messages', new Y.Array()]]))
      map.set('odd', new Y.Map([['messages', Y.Array.from([1, null, 'x', { id: 'y', text: 'plain' }])]]))
      map.set('an id with spaces', new Y.Map())
    })
    expect(threads.list.value).toEqual([])
    writing.begin(threads, 't', 'w', ADA, 'fine')
    expect(threads.list.value).toHaveLength(1)
  })

  it('are cut to what can be shown', () => {
    const doc = new Y.Doc()
    const message = new Y.Map<unknown>([
      ['id', 'm1'],
      ['text', 'x'.repeat(LONGEST + 5)],
      ['by', { name: '\u202e  ', color: 'url(evil)' }],
      ['at', 'yesterday'],
    ])
    doc.getMap('comments').set('t', new Y.Map<unknown>([['messages', Y.Array.from([message])]]))
    const thread = threadOf('t', doc.getMap('comments').get('t'))
    expect(thread?.messages[0]?.text).toHaveLength(LONGEST)
    expect(thread?.messages[0]?.by.name).toBe('Guest')
    expect(thread?.messages[0]?.by.color).toMatch(/^#[0-9a-f]{6}$/)
    expect(thread?.messages[0]?.at).toBe('1970-01-01T00:00:00.000Z')
    expect(quoteOf('a'.repeat(400))).toHaveLength(300)
  })

  // Who deleted the last message of a thread destroyed an answer that was on its way to it.
  it('come back with an answer that was on its way when the last message was deleted', () => {
    const [ada, grace] = [fresh(), fresh()]
    const first = writing.begin(ada.threads, 't1', 'words', ADA, 'Why?')
    meet(ada.doc, grace.doc)
    writing.reply(grace.threads, 't1', GRACE, 'Because.')
    expect(writing.remove(ada.threads, 't1', first)).toBe(true)
    expect(ada.threads.list.value).toEqual([])
    expect(ada.threads.former.map(({ id }) => id)).toEqual(['t1'])
    meet(ada.doc, grace.doc)
    for (const { threads } of [ada, grace])
      expect(threads.list.value.map(({ id, quote, messages }) => [id, quote, messages[0]?.text])).toEqual([
        ['t1', 'words', 'Because.'],
      ])
    expect(ada.threads.former).toEqual([])
  })

  it('leave a place behind for a month, that no reader sees', () => {
    vi.useFakeTimers()
    const { map, threads } = fresh()
    writing.remove(threads, 't1', writing.begin(threads, 't1', 'words', ADA, 'Why?'))
    writing.begin(threads, 't2', 'words', ADA, 'Why?')
    expect([...map.keys()]).toEqual(['t1', 't2'])
    expect(writing.reply(threads, 't1', GRACE, 'Because.')).not.toBeNull()
    writing.remove(threads, 't1', threads.list.value.find(({ id }) => id === 't1')?.messages[0]?.id ?? '')
    vi.advanceTimersByTime(31 * 24 * 3600 * 1000)
    writing.begin(threads, 't3', 'words', ADA, 'Why?')
    expect([...map.keys()]).toEqual(['t2', 't3'])
    vi.useRealTimers()
  })

  // A peer that wrote a hundred thousand threads, or one of as many messages, stopped every page.
  it('are so many that a page can bear them, whatever is in the map', () => {
    const { doc, map, threads } = fresh()
    const written = (id: string) =>
      new Y.Map<unknown>([
        ['id', id],
        ['text', 'x'],
      ])
    const thread = (name: string, messages: number) => {
      const all = Array.from({ length: messages }, (_, index) => written(`${name}-${index}`))
      map.set(name, new Y.Map<unknown>([['messages', Y.Array.from(all)]]))
    }
    doc.transact(() => thread('long', MESSAGES + 50))
    expect(threads.list.value[0]?.messages).toHaveLength(MESSAGES)
    expect(writing.reply(threads, 'long', ADA, 'more')).toBeNull()
    expect(threads.cut.value).toBe(false)
    doc.transact(() => {
      for (let index = 0; index < MOST + 50; index += 1) thread(`t${index}`, 1)
    })
    expect(threads.list.value).toHaveLength(MOST)
    expect(threads.cut.value).toBe(true)
    expect(threads.isFull).toBe(true)
    doc.transact(() => {
      for (let index = 0; index < 12; index += 1) thread(`t${index}`, MESSAGES)
    })
    const shown = threads.list.value.reduce((sum, { messages }) => sum + messages.length, 0)
    expect(shown).toBeLessThanOrEqual(MESSAGES_IN_ALL)
  })

  // Once there had been too much, it was called too much for ever, and what had been skipped was never shown.
  it('are read when others went that took their room', () => {
    const { doc, map, threads } = fresh()
    const thread = (name: string, messages: number) => {
      const all = Array.from({ length: messages }, (_, index) => {
        return new Y.Map<unknown>([
          ['id', `${name}-${index}`],
          ['text', 'x'],
        ])
      })
      map.set(name, new Y.Map<unknown>([['messages', Y.Array.from(all)]]))
    }
    doc.transact(() => {
      for (let index = 0; index < MOST + 2; index += 1) thread(`t${index}`, 1)
    })
    const shown = () => new Set(threads.list.value.map(({ id }) => id))
    expect(shown().has(`t${MOST}`)).toBe(false)
    map.delete('t0')
    expect(shown().has(`t${MOST}`)).toBe(true)
    expect(threads.cut.value).toBe(true)
    map.delete('t1')
    expect(shown().size).toBe(MOST)
    expect(threads.cut.value).toBe(false)
    map.delete('t2')
    expect(threads.isFull).toBe(false)
    doc.transact(() => {
      for (let index = 10; index < 20; index += 1) thread(`t${index}`, MESSAGES)
    })
    const last = () => threads.list.value.find(({ id }) => id === 't19')?.messages.length
    expect(last()).toBeLessThan(MESSAGES)
    expect(threads.cut.value).toBe(true)
    map.delete('t10')
    expect(last()).toBe(MESSAGES)
    expect(threads.cut.value).toBe(false)
  })

  // Who deleted the last message that this editor can read deleted the thread with what else was in it.
  it('go with their last message, not with the last that is shown', () => {
    const { map, threads } = fresh()
    const first = writing.begin(threads, 't1', 'words', ADA, 'Why?')
    const thread = map.get('t1') as Y.Map<unknown>
    const messages = thread.get('messages') as Y.Array<unknown>
    messages.push([new Y.Map([['of', 'a newer editor']])])
    expect(writing.remove(threads, 't1', first)).toBe(false)
    expect(thread.has('emptied')).toBe(false)
    expect(messages).toHaveLength(1)
  })

  it('know which of their messages were taken, until they are back', () => {
    const { doc, threads } = fresh()
    const undo = new Y.UndoManager(doc.getMap('comments'), { captureTimeout: 0 })
    const first = writing.begin(threads, 't1', 'words', ADA, 'Why?')
    const second = writing.reply(threads, 't1', ADA, 'Because.')
    writing.remove(threads, 't1', first)
    expect(threads.takenFrom('t1').map(({ id }) => id)).toEqual([first])
    undo.undo()
    expect(threads.takenFrom('t1')).toEqual([])
    writing.remove(threads, 't1', first)
    writing.remove(threads, 't1', second ?? '')
    expect(threads.former).toHaveLength(1)
    writing.reply(threads, 't1', GRACE, 'Indeed.')
    expect(threads.takenFrom('t1').map(({ id }) => id)).toEqual([first, second])
  })

  it('have ids that may stand in a selector, and rules hold no others', () => {
    for (let i = 0; i < 50; i++) expect(newId()).toMatch(/^[\w-]{12}$/)
    expect(tintRules(['ok', '"]{}body{'], null)).not.toContain('body')
    expect(tintRules([], 'ok')).toBe('')
    expect(tintRules(['ok'], 'other')).not.toContain('comment-active')
    expect(tintRules(['ok'], 'ok')).toContain('comment-active')
  })
})
