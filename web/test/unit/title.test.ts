// The title of a document that is open, when it is longer than can be shown.
import { signal } from '@preact/signals'
import { h, render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { META } from '../../src/sync/session'
import { LONGEST_TITLE, titleOf } from '../../src/title'
import { type Desk, DeskContext } from '../../src/ui/document/desk'
import { Title } from '../../src/ui/document/title'

afterEach(() => render(null, document.body))

const titleIn = (doc: Y.Doc) => doc.getMap(META).get('title')

async function shown(title: string) {
  const doc = new Y.Doc()
  doc.clientID = 1000
  doc.getMap(META).set('title', title)
  const session = {
    doc,
    name: 'd',
    ready: signal(true),
    ending: signal(null),
    holding: signal(false),
    beforeLeaving: new Set<() => void>(),
  }
  const desk = { session, editor: signal(null), gate: signal(null) } as unknown as Desk
  await act(() => render(h(DeskContext.Provider, { value: desk }, h(Title, {})), document.body))
  const field = document.querySelector('input')
  if (field === null) throw new Error('There is no field.')
  field.focus()
  /** Makes the field hold this, and sends it. */
  const write = (value: string) =>
    act(() => {
      field.value = value
      field.dispatchEvent(new Event('input', { bubbles: true }))
      for (const send of session.beforeLeaving) send()
    })
  return { doc, field, write, holding: session.holding }
}

// The server counted characters and the page their halves: of a title of 200 emoji half was shown.
it('is counted as the server counts it', () => {
  expect(titleOf('😀'.repeat(200))).toBe('😀'.repeat(200))
  expect(titleOf('😀'.repeat(201))).toBe('😀'.repeat(200))
  expect(titleOf(`a${'😀'.repeat(5000)}`)).toBe(`a${'😀'.repeat(199)}`)
  expect(titleOf('a'.repeat(201))).toBe('a'.repeat(LONGEST_TITLE))
  expect(titleOf(['a'])).toBe('')
})

// Half of a letter travels as another sign: its writer saw one title, and everybody else another.
it('has whole letters only, whoever shows and whoever writes it', async () => {
  expect(titleOf('a\ud83d')).toBe('a\ufffd')
  expect(titleOf(`\ude00${'a'.repeat(300)}`)).toBe(`\ufffd${'a'.repeat(199)}`)
  const { doc, write } = await shown('Plan')
  await write('Plan \ud83d of May 😀')
  expect(titleIn(doc)).toBe('Plan \ufffd of May 😀')
})

// The next letter wrote the cut title back: its end was lost, and nobody had asked for that.
it('keeps the end that is not shown, whatever is written before it', async () => {
  const [start, end] = ['a'.repeat(LONGEST_TITLE), ' and what follows']
  const { doc, field, write } = await shown(start + end)
  expect(field.value).toBe(start)
  await write(`b${start.slice(2)}`)
  expect(titleIn(doc)).toBe(`b${start.slice(2)}${end}`)
  expect(field.value).toBe(`b${start.slice(2)}`)
  await write(`bc${start.slice(2)}`)
  expect(titleIn(doc)).toBe(`bc${start.slice(2)}${end}`)
})

it('keeps it, too, when another writes meanwhile', async () => {
  const [start, end] = ['a'.repeat(LONGEST_TITLE), 'end']
  const { doc, field, write } = await shown(start + end)
  await write(`b${start.slice(1)}`)
  await act(() => {
    doc.getMap(META).set('title', `b${start.slice(1)}${end} of it`)
  })
  await write(`c${field.value.slice(1)}`)
  expect(titleIn(doc)).toBe(`c${start.slice(1)}${end} of it`)
})

/** What somebody else does who has not seen what is written here since. */
const elsewhere = (doc: Y.Doc, client: number): Y.Doc => {
  const other = new Y.Doc()
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc))
  other.clientID = client
  return other
}

/** Makes the field hold this, which is not sent yet. */
const types = (field: HTMLInputElement, value: string) =>
  act(() => {
    field.value = value
    field.dispatchEvent(new Event('input', { bubbles: true }))
  })

// What was sent last counted as not sent when somebody else's title came that lost against it: the letters since
// then were written twice.
it('writes no letter twice when a title comes that does not stand', async () => {
  const { doc, field, write } = await shown('Pla')
  const other = elsewhere(doc, 1)
  await write('Plan')
  await types(field, 'Plans')
  other.getMap(META).set('title', 'Plaza')
  await act(() => Y.applyUpdate(doc, Y.encodeStateAsUpdate(other)))
  expect(titleIn(doc)).toBe('Plan')
  expect(field.value).toBe('Plans')
})

it('writes no letter twice when something else is said of the document', async () => {
  const { doc, field, write } = await shown('Pla')
  await write('Plan')
  await types(field, 'Plans')
  await act(() => {
    doc.getMap(META).set('schema', 99)
  })
  expect(field.value).toBe('Plans')
})

// Whoever wrote over the title that was sent knew it, and so did whoever wrote over theirs: of both at once only
// the last was asked.
it('writes no letter twice when two titles come at once that were written over it', async () => {
  const { doc, field, write } = await shown('Pla')
  await write('Plan')
  const other = elsewhere(doc, 1)
  other.getMap(META).set('title', 'Plan B')
  const third = elsewhere(other, 2)
  third.getMap(META).set('title', 'Plan BC')
  await act(() => Y.applyUpdate(doc, Y.encodeStateAsUpdate(third)))
  expect(field.value).toBe('Plan BC')
})

it('writes no letter twice when a title that stood against it is written over', async () => {
  const { doc, field, write } = await shown('Pla')
  const other = elsewhere(doc, 2000)
  await write('Plan')
  await act(() => {
    field.blur()
  })
  other.getMap(META).set('title', 'Plaza')
  await act(() => Y.applyUpdate(doc, Y.encodeStateAsUpdate(other)))
  await types(field, 'Plaza!')
  other.getMap(META).set('title', 'Plaza B')
  await act(() => Y.applyUpdate(doc, Y.encodeStateAsUpdate(other)))
  expect(field.value).toBe('Plaza B!')
})

// What had been sent last but one counted as what the other had seen, who had seen none of it: all that they had
// kept was taken for what they had deleted, and of "Our plan of May" and "plan of May 2" was left "Our ".
it('keeps the words of both where several pauses of one met a title of the other', async () => {
  const { doc, field, write } = await shown('plan of May')
  const other = elsewhere(doc, 2000)
  for (const words of ['O', 'Ou', 'Our ']) await write(`${words}plan of May`)
  other.getMap(META).set('title', 'plan of May 2')
  await act(() => Y.applyUpdate(doc, Y.encodeStateAsUpdate(other)))
  expect(field.value).toBe('Our plan of May 2')
})

it('knows which of several titles that were sent another was written over', async () => {
  const { doc, field, write } = await shown('plan')
  await write('Our plan')
  const other = elsewhere(doc, 2000)
  await write('Our own plan')
  other.getMap(META).set('title', 'Our plan B')
  await act(() => Y.applyUpdate(doc, Y.encodeStateAsUpdate(other)))
  expect(field.value).toBe('Our own plan B')
})

// Who had left the field lost their title whole, whatever small thing another changed at the same moment, and
// offline that moment is a day.
it('of a field that was left keeps what touches nothing of another title', async () => {
  vi.useFakeTimers()
  const { doc, field, write } = await shown('Plan of May')
  const other = elsewhere(doc, 2000)
  await write('Our Plan of May')
  await act(() => field.blur())
  other.getMap(META).set('title', 'Plan of June')
  await act(() => Y.applyUpdate(doc, Y.encodeStateAsUpdate(other)))
  await act(() => {
    vi.runAllTimers()
  })
  expect([titleIn(doc), field.value]).toEqual(['Our Plan of June', 'Our Plan of June'])
  // Nobody is writing here: what comes next is shown.
  await act(() => {
    doc.getMap(META).set('title', 'Another')
  })
  expect([titleIn(doc), field.value]).toEqual(['Another', 'Another'])
  vi.useRealTimers()
})

it('of a field that was left takes another title of the same words as it is', async () => {
  const { doc, field, write, holding } = await shown('Plan of May')
  const other = elsewhere(doc, 2000)
  await write('Plan of June')
  await act(() => field.blur())
  other.getMap(META).set('title', 'Plan of July')
  await act(() => Y.applyUpdate(doc, Y.encodeStateAsUpdate(other)))
  expect([titleIn(doc), field.value, holding.value]).toEqual(['Plan of July', 'Plan of July', false])
})

// What was made of two titles stood in the field of one page until that was left, and was called saved.
it('sends what it made of two titles, and does not call it saved before', async () => {
  vi.useFakeTimers()
  const { doc, field, write, holding } = await shown('Pla')
  const other = elsewhere(doc, 2000)
  await write('Plan')
  expect(holding.value).toBe(false)
  other.getMap(META).set('title', 'Plaza')
  await act(() => Y.applyUpdate(doc, Y.encodeStateAsUpdate(other)))
  expect([titleIn(doc), field.value, holding.value]).toEqual(['Plaza', 'Plazan', true])
  await act(() => {
    vi.runAllTimers()
  })
  expect([titleIn(doc), holding.value]).toEqual(['Plazan', false])
  vi.useRealTimers()
})
