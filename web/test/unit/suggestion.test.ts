// What is only proposed changes nothing: rejecting all gives the document back as it was, and accepting
// all gives what editing would have given.
import { Editor, getSchema } from '@tiptap/core'
import { Fragment, type Node, Slice } from '@tiptap/pm/model'
import { EditorState, TextSelection, type Transaction } from '@tiptap/pm/state'
import { Transform } from '@tiptap/pm/transform'
import { describe, expect, it } from 'vitest'
import { Clipboard } from '../../src/editor/clipboard'
import { proposeAll } from '../../src/editor/deed'
import { copyOf } from '../../src/editor/pieces'
import { breakAt, propose } from '../../src/editor/proposal'
import { suggestionAt, suggestionsIn } from '../../src/editor/proposed'
import { content } from '../../src/editor/schema'
import { DELETION, INSERTION, insertionOf, renewed } from '../../src/editor/suggestion'
import { decide } from '../../src/editor/verdict'

const schema = getSchema(content)
const stamp = (by: string, id: string) => ({ id, by, at: '2026-11-27T22:00:00.000Z', color: '#1a6fc4' })

const paragraph = (words: string) => schema.node('paragraph', null, words === '' ? [] : [schema.text(words)])
const doc = (...blocks: (string | Node)[]) =>
  schema.node(
    'doc',
    null,
    blocks.map((block) => (typeof block === 'string' ? paragraph(block) : block)),
  )

/** The document in one line a block: `[+added+]`, `[-gone-]`, signs included. */
function show(node: Node): string {
  const lines: string[] = []
  node.descendants((child) => {
    if (!child.isTextblock) return true
    let line = ''
    child.forEach((part) => {
      const text = part.isText ? (part.text ?? '') : `<${part.type.name}>`
      const added = insertionOf(part) !== undefined
      const gone = part.marks.some((mark) => mark.type.name === 'deletion')
      line += added && gone ? `[±${text}±]` : added ? `[+${text}+]` : gone ? `[-${text}-]` : text
    })
    lines.push(`${child.type.name === 'paragraph' ? '' : `${child.type.name}: `}${line}`)
    return false
  })
  return lines.join(' / ')
}

/** Somebody with a caret. */
class Writer {
  state: EditorState
  constructor(start: Node, at?: number, to?: number) {
    this.state = EditorState.create({ doc: start })
    if (at !== undefined)
      this.state = this.state.apply(this.state.tr.setSelection(TextSelection.create(start, at, to ?? at)))
  }
  /** Proposes; false when that cannot be. */
  suggests(edit: (tr: Transaction) => Transaction, by = 'Ada', id = 'a'): boolean {
    const outcome = proposeAll(edit(this.state.tr), stamp(by, id))
    if (outcome === null) return false
    const tr = this.state.tr
    for (const step of outcome.transform.steps) tr.step(step)
    this.state = this.state.apply(tr)
    this.state.doc.check()
    return true
  }
  get seen() {
    return show(this.state.doc)
  }
  decides(verdict: 'accept' | 'reject', ids: string[] | null = null): Node {
    const transform = new Transform(this.state.doc)
    decide(transform, verdict, ids === null ? null : new Set(ids))
    transform.doc.check()
    return transform.doc
  }
}

describe('in a line', () => {
  it('what is typed is added, and what is deleted stays', () => {
    const ada = new Writer(doc('one two three'))
    ada.suggests((tr) => tr.insertText('x', 5))
    ada.suggests((tr) => tr.insertText('y', 6))
    expect(ada.seen).toBe('one [+xy+]two three')
    ada.suggests((tr) => tr.delete(11, 16), 'Ada', 'b')
    expect(ada.seen).toBe('one [+xy+]two [-three-]')
    expect(suggestionsIn(ada.state.doc).map(({ id, added, deleted }) => [id, added, deleted])).toEqual([
      ['a', 'xy', ''],
      ['b', '', 'three'],
    ])
  })
  it('what replaces something is one suggestion with it', () => {
    const ada = new Writer(doc('one two'))
    ada.suggests((tr) => tr.insertText('six', 5, 8))
    expect(ada.seen).toBe('one [-two-][+six+]')
    const [only, ...more] = suggestionsIn(ada.state.doc)
    expect([only?.added, only?.deleted, more.length]).toEqual(['six', 'two', 0])
  })
  it('one’s own proposed words really vanish, and others’ are proposed to go', () => {
    const ada = new Writer(doc('one '))
    ada.suggests((tr) => tr.insertText('two', 5))
    ada.suggests((tr) => tr.delete(7, 8), 'Grace', 'g')
    expect(ada.seen).toBe('one [+tw+][±o±]')
    ada.suggests((tr) => tr.delete(5, 6))
    expect(ada.seen).toBe('one [+w+][±o±]')
    expect(show(ada.decides('accept', ['g']))).toBe('one [+w+]')
    expect(show(ada.decides('reject', ['a']))).toBe('one ')
  })
  it('what is written within another’s proposal has its own author', () => {
    const ada = new Writer(doc('one '))
    ada.suggests((tr) => tr.insertText('four', 5))
    ada.suggests((tr) => tr.insertText('X', 7), 'Grace', 'g')
    expect(ada.state.doc.textContent).toBe('one foXur')
    expect(show(ada.decides('reject', ['a']))).toBe('one [+X+]')
  })
  it('what was already proposed to go is not proposed twice', () => {
    const ada = new Writer(doc('one two'))
    ada.suggests((tr) => tr.delete(5, 8))
    const before = ada.state.doc
    ada.suggests((tr) => tr.delete(5, 8), 'Grace', 'g')
    expect(ada.state.doc.eq(before)).toBe(true)
  })
  it('another form is proposed as the words in it', () => {
    const ada = new Writer(doc('one two'))
    ada.suggests((tr) => tr.addMark(5, 8, schema.mark('bold')))
    expect(ada.seen).toBe('one [-two-][+two+]')
    expect(ada.decides('accept').eq(doc(paragraphOf(schema.text('one '), bold('two'))))).toBe(true)
    expect(ada.decides('reject').eq(doc('one two'))).toBe(true)
  })
  it('code in a line can be proposed', () => {
    const code = doc(paragraphOf(schema.text('run it', [schema.mark('code')])))
    const ada = new Writer(code)
    ada.suggests((tr) => tr.insertText('s', 7))
    ada.suggests((tr) => tr.delete(1, 5))
    expect(ada.seen).toBe('[-run -]it[+s+]')
  })
})

const paragraphOf = (...inside: Node[]) => schema.node('paragraph', null, inside)
const bold = (words: string) => schema.text(words, [schema.mark('bold')])

describe('between blocks', () => {
  it('a block that ends is a sign until it is accepted', () => {
    const ada = new Writer(doc('one two'))
    ada.suggests((tr) => tr.split(4))
    expect(ada.seen).toBe('one[+¶+] two')
    expect(show(ada.decides('accept'))).toBe('one /  two')
    expect(show(ada.decides('reject'))).toBe('one two')
  })
  it('two signs side by side are two blocks that begin', () => {
    const ada = new Writer(doc('one two'))
    for (const at of [4, 5]) ada.suggests((tr) => tr.split(at))
    expect(ada.seen).toBe('one[+¶¶+] two')
    expect(show(ada.decides('accept'))).toBe('one /  /  two')
    // Somebody who edits writes between them.
    ada.state = ada.state.apply(ada.state.tr.insertText('X', 5))
    expect(show(ada.decides('accept'))).toBe('one / X /  two')
    expect(show(ada.decides('reject'))).toBe('one two')
  })
  it('blocks that become one do so when it is accepted', () => {
    const ada = new Writer(doc('one', 'two'))
    ada.suggests((tr) => tr.join(5))
    expect(ada.seen).toBe('one[±¶±] / two')
    expect(show(ada.decides('accept'))).toBe('onetwo')
    expect(ada.decides('reject').eq(doc('one', 'two'))).toBe(true)
  })
  it('a selection over several blocks', () => {
    const ada = new Writer(doc('one', 'two', 'three'))
    ada.suggests((tr) => tr.insertText('X', 3, 13))
    expect(ada.seen).toBe('on[-e-][±¶±] / [-two-][±¶±] / [-th-][+X+]ree')
    expect(show(ada.decides('accept'))).toBe('onXree')
  })
  it('a block that goes as a whole leaves the kind of the next', () => {
    const heading = schema.node('heading', { level: 2 }, [schema.text('two')])
    const ada = new Writer(doc('one', heading))
    ada.suggests((tr) => tr.delete(0, 5))
    expect(ada.seen).toBe('[-one-][±¶±] / heading: two')
    expect(show(ada.decides('accept'))).toBe('heading: two')
  })
  it('the last block that goes as a whole goes into the one before', () => {
    const ada = new Writer(doc('one', 'two'))
    ada.suggests((tr) => tr.delete(5, 10))
    expect(show(ada.decides('accept'))).toBe('one')
    expect(ada.decides('reject').eq(doc('one', 'two'))).toBe(true)
  })
  it('several lines that are pasted', () => {
    const slice = new Slice(Fragment.from([paragraph('a'), paragraph('b'), paragraph('c')]), 1, 1)
    const ada = new Writer(doc('one'))
    ada.suggests((tr) => tr.replace(2, 2, slice))
    expect(ada.seen).toBe('o[+a+][+¶+][+b+][+¶+][+c+]ne')
    expect(show(ada.decides('accept'))).toBe('oa / b / cne')
  })
  it('an item of a list', () => {
    const item = (words: string) => schema.node('listItem', null, [paragraph(words)])
    const list = doc(schema.node('bulletList', null, [item('one'), item('two')]))
    const ada = new Writer(list)
    ada.suggests((tr) => tr.split(5, 2))
    expect(ada.seen).toBe('on[+¶+]e / two')
    expect(ada.decides('accept').firstChild?.childCount).toBe(3)
    expect(ada.decides('reject').eq(list)).toBe(true)
    expect(breakAt(list.resolve(5))).toBe('item')
  })
  it('a break in a line comes and goes', () => {
    const line = doc(paragraphOf(schema.text('a'), schema.node('hardBreak'), schema.text('b')))
    const ada = new Writer(line)
    ada.suggests((tr) => tr.delete(2, 3))
    expect(ada.seen).toBe('a[±×±]<hardBreak>b')
    expect(show(ada.decides('accept'))).toBe('ab')
    expect(ada.decides('reject').eq(line)).toBe(true)
    const transform = new Transform(doc('ab'))
    propose(transform, { from: 2, to: 2, pieces: [{ break: 'line' }] }, stamp('Ada', 'a'))
    decide(transform, 'accept', null)
    expect(show(transform.doc)).toBe('a<hardBreak>b')
  })
  it('what is written behind a block that is to end stays in it', () => {
    const ada = new Writer(doc('one', 'two'))
    ada.suggests((tr) => tr.join(5))
    ada.suggests((tr) => tr.insertText('X', 5))
    expect(show(ada.decides('accept'))).toBe('oneXtwo')
    // Somebody who edits meanwhile may write behind the sign.
    const grace = new Writer(ada.decides('accept', []))
    grace.state = grace.state.apply(grace.state.tr.insertText('Y', 6))
    expect(show(grace.decides('accept'))).toBe('oneXYtwo')
  })
})

describe('what is no text', () => {
  const table = () => {
    const cell = (words: string) => schema.node('tableCell', null, [paragraph(words)])
    return schema.node('table', null, [schema.node('tableRow', null, [cell('a'), cell('b')])])
  }
  it('cannot be proposed, and nothing is done', () => {
    const rule = doc('one', schema.node('horizontalRule'), 'two')
    const code = doc(schema.node('codeBlock', null, [schema.text('x = 1')]))
    const heading = schema.nodes.heading
    expect(new Writer(rule).suggests((tr) => tr.delete(2, 9))).toBe(false)
    expect(new Writer(code).suggests((tr) => tr.insertText('2', 3))).toBe(false)
    expect(new Writer(doc(table())).suggests((tr) => tr.delete(4, 10))).toBe(false)
    expect(new Writer(doc('one', table())).suggests((tr) => tr.delete(5, 5 + table().nodeSize))).toBe(false)
    expect(
      heading && new Writer(doc('one')).suggests((tr) => tr.setBlockType(1, 4, heading, { level: 1 })),
    ).toBe(false)
    expect(new Writer(doc('one')).suggests((tr) => tr.insert(5, table()))).toBe(false)
  })
  it('words in a cell can', () => {
    const ada = new Writer(doc(table()))
    expect(ada.suggests((tr) => tr.insertText('x', 5))).toBe(true)
    expect(ada.seen).toBe('a[+x+] / b')
  })
})

it('the suggestion at a caret is found', () => {
  const ada = new Writer(doc('one two'))
  ada.suggests((tr) => tr.insertText('x', 5))
  expect([4, 5, 6, 7].map((at) => suggestionAt(ada.state.doc, at))).toEqual([null, 'a', 'a', null])
})

/** Small, seeded, and good enough to choose with (mulberry32). */
function chances(seed: number) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  return { below: (limit: number) => Math.floor(next() * limit), maybe: (odds: number) => next() < odds }
}

/** The places in blocks where a caret can be. */
function places(node: Node): number[] {
  const found: number[] = []
  node.descendants((child, pos) => {
    if (!child.isTextblock) return true
    for (let offset = 0; offset <= child.content.size; offset++) found.push(pos + 1 + offset)
    return false
  })
  return found
}

describe('random edits of one person', () => {
  const first = Number(process.env.SEED ?? Date.now() % 1_000_000)
  it(`reject to the document as it was (seed ${first})`, () => {
    for (let seed = first; seed < first + 60; seed++) {
      const chance = chances(seed)
      const item = (words: string) => schema.node('listItem', null, [paragraph(words)])
      const blocks: Node[] = [paragraph('alpha beta'), paragraph(''), paragraph('gamma delta epsilon')]
      if (chance.maybe(0.4))
        blocks.push(schema.node('bulletList', null, [item('uno'), item('due'), item('tre')]))
      if (chance.maybe(0.3)) blocks.splice(1, 0, schema.node('heading', { level: 1 }, [schema.text('Title')]))
      const original = schema.node('doc', null, blocks)
      const ada = new Writer(original)
      for (let edit = 0; edit < 8; edit++) {
        const all = places(ada.state.doc)
        const one = chance.below(all.length)
        const other = Math.min(all.length - 1, one + chance.below(chance.maybe(0.2) ? 12 : 4))
        const [from, to] = [all[one] ?? 1, all[other] ?? 1]
        const id = `s${edit}`
        const by = chance.maybe(0.3) ? 'Grace' : 'Ada'
        const kind = chance.below(5)
        ada.suggests(
          (tr) => {
            if (kind === 0) return tr.insertText('xy', from)
            if (kind === 1) return tr.delete(from, to)
            if (kind === 2) return tr.insertText('Z', from, to)
            if (kind === 3) return tr.doc.resolve(from).depth === 1 ? tr.split(from) : tr.split(from, 2)
            return tr.addMark(from, to, schema.mark('bold'))
          },
          by,
          id,
        )
      }
      const seen = `seed ${seed}: ${ada.seen}`
      expect(show(ada.decides('reject')), seen).toBe(show(original))
      expect(ada.decides('reject').eq(original), seen).toBe(true)
      ada.decides('accept')
      const some = suggestionsIn(ada.state.doc)
        .filter(() => chance.maybe(0.5))
        .map(({ id }) => id)
      const rest = new Transform(ada.decides('accept', some))
      decide(rest, 'reject', null)
      rest.doc.check()
      expect(marked(rest.doc), seen).toBe(false)
    }
  }, 30_000)

  it(`accept to what editing gives (seed ${first})`, () => {
    for (let seed = first; seed < first + 60; seed++) {
      const chance = chances(seed)
      const original = doc('alpha beta gamma', 'delta', 'epsilon zeta')
      const ada = new Writer(original)
      let edited = new Transform(original)
      // From the end to the start, apart from each other: the same places in both.
      const all = places(original)
      let before = all.length - 1
      const said: string[] = []
      while (before > 0) {
        const other = before - chance.below(4)
        const one = other - chance.below(8)
        if (one < 0) break
        const [from, to] = [all[one] ?? 1, all[other] ?? 1]
        const kind = chance.below(4)
        const edit = (tr: Transform) => {
          if (kind === 0) return tr.replaceWith(from, from, schema.text('xy'))
          if (kind === 1) return tr.delete(from, to)
          if (kind === 2) return tr.split(from)
          return from === to ? tr : tr.replaceWith(from, to, schema.text('Z'))
        }
        said.push(`${kind} ${from} ${to}`)
        ada.suggests((tr) => edit(tr) as Transaction, 'Ada', `s${before}`)
        edited = edit(edited)
        before = one - 2
      }
      expect(show(ada.decides('accept')), `seed ${seed}: ${said.join(', ')}: ${ada.seen}`).toBe(
        show(edited.doc),
      )
    }
  }, 30_000)
})

function marked(node: Node): boolean {
  let found = false
  node.descendants((child) => {
    if (child.marks.some((mark) => mark.type.name === INSERTION || mark.type.name === 'deletion'))
      found = true
  })
  return found
}

// A passage that was copied kept the ids of its suggestions: accepting one where it stood accepted it where
// it was pasted, too.
describe('what is only proposed in a copy', () => {
  const old = (mark: string, id: string, more = {}) => schema.mark(mark, { ...stamp('Ada', id), ...more })
  const line = schema.node('paragraph', null, [
    schema.text('one '),
    schema.text('two', [old(INSERTION, 'a')]),
    schema.text('three', [old(DELETION, 'a')]),
    schema.text('four', [old(INSERTION, 'b')]),
    schema.text('¶', [old(INSERTION, 'c', { break: 'join' }), old(DELETION, 'c')]),
  ])

  it('is proposed anew, and belongs together as before', () => {
    const copy = doc(renewed(Fragment.from(line)).child(0))
    expect(show(copy)).toBe(show(doc(line)))
    const before = suggestionsIn(doc(line))
    const after = suggestionsIn(copy)
    expect(after.map(({ by, at, added, deleted }) => ({ by, at, added, deleted }))).toEqual(
      before.map(({ by, at, added, deleted }) => ({ by, at, added, deleted })),
    )
    expect(new Set([...before, ...after].map(({ id }) => id)).size).toBe(6)
  })

  it('is decided about by itself', () => {
    const both = doc(line, copyOf(schema, line), 'end')
    const transform = new Transform(both)
    decide(transform, 'reject', new Set(['a', 'b', 'c']))
    expect(show(transform.doc)).toBe('one three / one [+two+][-three-][+four+][±¶±] / end')
  })

  it('is new wherever a passage is pasted', () => {
    const editor = new Editor({
      element: document.createElement('div'),
      injectCSS: false,
      extensions: [...content, Clipboard],
    })
    for (const _ of ['here', 'there'])
      editor.view.pasteHTML('<p>one <ins data-id="a" data-by="Ada">two</ins><del data-id="a">x</del></p>')
    const ids = suggestionsIn(editor.state.doc).map(({ id }) => id)
    expect([ids.length, new Set(ids).size, ids.includes('a')]).toEqual([2, 2, false])
    editor.destroy()
  })

  it('leaves everything else as it is', () => {
    const plain = doc('one', schema.node('blockquote', null, [paragraph('two')]))
    expect(renewed(plain.content).eq(plain.content)).toBe(true)
  })
})
