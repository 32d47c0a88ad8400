import { getSchema } from '@tiptap/core'
import { describe, expect, test } from 'vitest'
import type { Told } from '../../src/api/history'
import { content } from '../../src/editor/schema'
import { Colours, NOBODY } from '../../src/history/colours'
import { othersIn } from '../../src/history/others'
import { changeSaid, placeSaid, stepSaid } from '../../src/history/said'
import { parseSeen } from '../../src/history/seen'
import { paint, stepsOf } from '../../src/history/told'

const schema = getSchema(content)
const ada = { client: 1, name: 'Ada' }
const run = (text: string, change: Told['change'] = 'same', more: Told = {}): Told => ({
  text,
  change,
  ...more,
})
const paragraph = (content: Told[], more: Told = {}): Told => ({ type: 'paragraph', content, ...more })

describe('a comparison becomes a document', () => {
  test('that holds both sides, with places where they are', () => {
    const { doc, places } = paint(schema, [
      paragraph(
        [run('We '), run('meet', 'removed', { by: ada }), run('met', 'added', { by: ada }), run(' here')],
        {
          change: 'changed',
        },
      ),
    ])
    expect(doc.textContent).toBe('We meetmet here')
    expect(places.map(({ from, to }) => doc.textBetween(from, to))).toEqual(['meet', 'met'])
    expect(places.map(placeSaid)).toEqual(['Removed by Ada', 'Added by Ada'])
  })

  test('what is in a block that came is not told again', () => {
    const { places } = paint(schema, [
      paragraph([run('New', 'added', { by: ada })], { change: 'added', by: ada }),
    ])
    expect(places.map(({ inline, within }) => [inline, within])).toEqual([
      [false, false],
      [true, true],
    ])
    expect(stepsOf(places)).toHaveLength(1)
  })

  test('positions hold behind atoms, marks and letters of two units', () => {
    const { doc, places } = paint(schema, [
      paragraph([run('a😀'), { type: 'hardBreak', change: 'same' }, run('b', 'added')]),
      paragraph([run('c', 'removed')]),
    ])
    expect(places.map(({ from, to }) => doc.textBetween(from, to))).toEqual(['b', 'c'])
  })

  test('what the schema does not know is shown by its text', () => {
    const { doc } = paint(schema, [
      { type: 'hologram', change: 'added', content: [run('in a block', 'added')] },
      { type: 'frame', content: [paragraph([run('in it')])] },
      paragraph([
        run('x', 'same', { marks: [{ type: 'glitter' }] }),
        { type: 'gadget', content: [run('y')] },
      ]),
    ])
    expect(doc.childCount).toBe(3)
    expect(doc.textBetween(0, doc.content.size, '|')).toBe('in a block|in it|xy')
  })

  test('nothing at all is an empty page', () => {
    expect(paint(schema, []).doc.childCount).toBe(1)
    expect(paint(schema, undefined).places).toEqual([])
  })

  test('whose each run is', () => {
    const { doc, tints } = paint(schema, [
      paragraph([run('mine', undefined, { author: ada })], { author: ada }),
    ])
    expect(tints.map(({ from, to, author }) => [doc.textBetween(from, to), author.name])).toEqual([
      ['mine', 'Ada'],
    ])
  })
})

describe('changes are gone through', () => {
  const steps = (told: Told[]) => stepsOf(paint(schema, told).places)

  test('what touches, or is a letter apart, is one', () => {
    const [step, ...more] = steps([
      paragraph([
        run('a', 'removed'),
        run('b', 'added'),
        run(' '),
        run('c', 'added'),
        run(' and then '),
        run('d', 'added'),
      ]),
    ])
    expect(step?.places).toHaveLength(3)
    expect(more).toHaveLength(1)
    expect(step && stepSaid(step)).toBe('Removed · Added')
  })
})

describe('what is different is named', () => {
  test('a task, a heading, another block', () => {
    const task = {
      type: 'taskItem',
      attrs: { checked: true },
      was: { type: 'taskItem', attrs: { checked: false } },
    }
    expect(changeSaid(task)).toBe('Ticked')
    const heading = { type: 'heading', attrs: { level: 1 }, was: { type: 'heading', attrs: { level: 2 } } }
    expect(changeSaid(heading)).toBe('Heading 2 → Heading 1')
    expect(changeSaid({ ...heading, was: { type: 'paragraph' } })).toBe('Text → Heading 1')
  })

  test('marks, and where a link leads', () => {
    const link = (href: string) => [{ type: 'link', attrs: { href, title: null } }]
    expect(
      changeSaid(
        run('x', 'changed', { marks: link('https://b.example'), was: { marks: link('https://a.example') } }),
      ),
    ).toBe('Link: https://a.example → https://b.example')
    expect(
      changeSaid(run('x', 'changed', { marks: [{ type: 'bold' }], was: { marks: [{ type: 'italic' }] } })),
    ).toBe('Bold added, Italic removed')
  })

  test('one more comment on the same words is not another one', () => {
    const on = (...ids: string[]) => ids.map((id) => ({ type: 'comment', attrs: { id } }))
    expect(changeSaid(run('x', 'changed', { marks: on('a', 'b'), was: { marks: on('a') } }))).toBe(
      'Comment added',
    )
    expect(changeSaid(run('x', 'changed', { marks: on('b'), was: { marks: on('a') } }))).toBe(
      'Comment added, Comment removed',
    )
  })

  test('what has no word of its own is called by its name', () => {
    const said = changeSaid({
      type: 'gadgetBox',
      attrs: { wideView: true },
      was: { type: 'gadgetBox', attrs: {} },
    })
    expect(said).toBe('wide view: nothing → true')
  })
})

describe('who else changed it', () => {
  const counts = (characters: number) => {
    const none = { blocks: 0, characters: 0 }
    return { added: { blocks: 0, characters }, removed: none, changed: none }
  }
  const by = (name: string | null) => ({
    counts: counts(1),
    content: [paragraph([run('x', 'added', { by: { client: 1, name } })])],
  })

  test('nobody, where it was only oneself', () => {
    expect(othersIn(by('Me'), [], ['Me'])).toEqual({ names: [], unknown: false })
  })

  test('those who are named, and somebody who is not', () => {
    expect(othersIn(by('Ada'), [], ['Me'])).toEqual({ names: ['Ada'], unknown: false })
    expect(othersIn(by(null), [], ['Me'])).toEqual({ names: [], unknown: true })
  })

  test('nobody, where it is again what it was', () => {
    const version = { id: 1, name: null, at: '', bytes: 1, authors: ['Ada'], unnamed: 1 }
    expect(othersIn({ counts: counts(0), content: [] }, [version], [])).toEqual({ names: [], unknown: false })
  })

  test('what is stored of a visit is parsed before it is believed', () => {
    expect(parseSeen('{"at":5,"name":"Ada"}')).toEqual({ at: 5, name: 'Ada' })
    for (const damaged of [null, '', '5', 'null', '{"at":"5","name":"Ada"}', '{"at":5}'])
      expect(parseSeen(damaged)).toBeNull()
  })
})

describe('colours of authors', () => {
  test('those who are here wear theirs; the others have each their own', () => {
    const colours = new Colours()
    const here = [{ name: 'Ada', color: '#1a6fc4' }]
    expect(colours.of('Ada', here)).toBe('#1a6fc4')
    const names = ['Bob', 'Carl', 'Dora', 'Emil', 'Fritz', 'Gerd']
    const given = names.map((name) => colours.of(name, here))
    expect(new Set([...given, '#1a6fc4']).size).toBe(names.length + 1)
    expect(names.map((name) => colours.of(name, here))).toEqual(given)
    expect(colours.of(null, here)).toBe(NOBODY)
  })
})
