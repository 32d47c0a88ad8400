import assert from 'node:assert/strict'
import { describe } from 'node:test'
import * as Y from 'yjs'
import { agreed } from './person.mjs'
import { story } from './story.mjs'
import { until } from './until.mjs'

/**
 * Anna and Ben do something; then it must look the same to both, to somebody who comes later, to a
 * reader of REST, and to somebody who comes after the server was killed.
 */
function kept(name, act, look) {
  story(name, async ({ server, document, person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    await act(anna, ben)
    await anna.saved()
    await ben.saved()
    const late = await person('Late')
    await agreed([anna, ben, late])
    const expected = look(anna.doc)
    assert.deepEqual(look(ben.doc), expected, 'to Ben')
    assert.deepEqual(look(late.doc), expected, 'to the late one')
    const copy = new Y.Doc()
    const state = await server.ask('GET', document, '/content?format=yjs')
    Y.applyUpdate(copy, new Uint8Array(await state.arrayBuffer()))
    assert.deepEqual(look(copy), expected, 'to a reader of REST')
    for (const one of [anna, ben, late]) one.wire.cut()
    await server.kill()
    await server.restart()
    const after = await person('After')
    await until('it is all there', () => after.agreesWith(anna))
    assert.deepEqual(look(after.doc), expected, 'after the server was killed')
    for (const one of [anna, ben, late]) {
      const codes = one.closes.filter((code) => code !== 1006)
      assert.deepEqual(codes, [], `nobody was sent away (${one.name})`)
    }
  })
}

const VALUES = {
  text: 'ü🦊\u0000\n',
  empty: '',
  whole: 42,
  negative: -7,
  large: 2 ** 40,
  largest: Number.MAX_SAFE_INTEGER,
  least: Number.MIN_SAFE_INTEGER,
  half: 0.5,
  precise: 0.1,
  tiny: 5e-324,
  infinite: Number.POSITIVE_INFINITY,
  big: 9007199254740993n,
  yes: true,
  no: false,
  nothing: null,
  bytes: Uint8Array.of(0, 1, 255),
  list: [1, 'two', [3, [4]], { five: 5 }],
  tree: { a: { b: { c: [null, true, { d: 'e' }] } } },
}

describe('what Yjs can hold', { concurrency: 3 }, () => {
  kept(
    'text with formatting and embeds',
    async (anna, ben) => {
      anna.text.insert(0, 'plain bold linked')
      anna.text.format(6, 4, { bold: true })
      anna.text.format(11, 6, { link: { href: 'https://example.org', title: null } })
      anna.text.insertEmbed(5, { image: 'fox.png', size: [1, 2] }, { width: 100 })
      await agreed([anna, ben])
      ben.text.format(0, 12, { italic: true, bold: null })
      anna.text.applyDelta([{ retain: 3 }, { insert: 'X', attributes: { code: true } }, { delete: 2 }])
      ben.text.delete(8, 4)
      ben.text.insert(4, '🦊', { bold: true })
    },
    (doc) => doc.getText('text').toDelta(),
  )

  kept(
    'what careless editors leave of an emoji',
    async (anna, ben) => {
      anna.writes('a🦊b and c🐙d')
      await agreed([anna, ben])
      anna.text.delete(1, 1)
      ben.text.insert(11, 'between the halves')
    },
    (doc) => doc.getText('text').toDelta(),
  )

  kept(
    'maps with every kind of value',
    async (anna, ben) => {
      const map = anna.doc.getMap('map')
      for (const [key, value] of Object.entries(VALUES)) map.set(key, value)
      anna.doc.transact(() => {
        map.set('twice', 1)
        map.set('twice', 2)
      })
      await agreed([anna, ben])
      ben.doc.getMap('map').set('whole', 'by Ben')
      map.set('whole', 'by Anna')
      map.delete('no')
      ben.doc.getMap('map').set('no', 'deleted by one, set by the other')
    },
    (doc) => doc.getMap('map').toJSON(),
  )

  kept(
    'arrays',
    async (anna, ben) => {
      const array = anna.doc.getArray('array')
      // Yjs takes a BigInt in a map, but not in an array.
      array.push(Object.values(VALUES).filter((value) => typeof value !== 'bigint'))
      array.insert(1, ['between', 1, 2, 3])
      await agreed([anna, ben])
      array.delete(2, 5)
      ben.doc.getArray('array').insert(3, [['b']])
      ben.doc.getArray('array').delete(0, 4)
      array.unshift([{ first: true }])
    },
    (doc) => doc.getArray('array').toJSON(),
  )

  kept(
    'types inside types',
    async (anna, ben) => {
      const root = anna.doc.getMap('nested')
      const list = new Y.Array()
      const item = new Y.Map([['done', false]])
      item.set('label', new Y.Text('milk'))
      list.push([item, 'plain', new Y.Array()])
      root.set('list', list)
      let deep = root
      for (let level = 0; level < 50; level += 1) {
        const next = new Y.Map()
        deep.set('down', next)
        deep = next
      }
      deep.set('bottom', 'reached')
      await agreed([anna, ben])
      const label = ben.doc.getMap('nested').get('list').get(0).get('label')
      label.insert(0, 'oat ', { em: true })
      item.set('done', true)
      root.set('replaced', new Y.Text('old'))
      root.set('replaced', new Y.Map([['new', 1]]))
      list.delete(2, 1)
      ben.doc.getMap('nested').get('list').get(2).push(['into what is being deleted'])
    },
    (doc) => [doc.getMap('nested').toJSON(), doc.getMap('nested').get('list').get(0).get('label').toDelta()],
  )

  kept(
    'XML as editors write it',
    async (anna, ben) => {
      const fragment = anna.doc.getXmlFragment('default')
      const heading = new Y.XmlElement('heading')
      heading.setAttribute('level', 2)
      heading.setAttribute('meta', { ids: ['a', 1], open: true })
      heading.insert(0, [new Y.XmlText('Title')])
      const paragraph = new Y.XmlElement('paragraph')
      const words = new Y.XmlText('some bold words')
      paragraph.insert(0, [words, new Y.XmlElement('hardBreak'), new Y.XmlText('below')])
      fragment.insert(0, [heading, paragraph])
      words.format(5, 4, { strong: {}, link: { href: 'x', target: null } })
      await agreed([anna, ben])
      const theirs = ben.doc.getXmlFragment('default').get(1)
      theirs.get(0).insert(0, 'Ben: ')
      theirs.setAttribute('textAlign', 'center')
      heading.setAttribute('level', 3)
      heading.removeAttribute('meta')
      fragment.insertAfter(heading, [new Y.XmlElement('horizontalRule')])
      fragment.delete(0, 1)
    },
    (doc) => {
      const fragment = doc.getXmlFragment('default')
      const of = (node) =>
        node instanceof Y.XmlText ? node.toDelta() : [node.nodeName, node.getAttributes(), node.toArray().map(of)]
      return [fragment.toString(), fragment.toArray().map(of)]
    },
  )

  kept(
    'references to other documents',
    async (anna, ben) => {
      const chapters = anna.doc.getMap('chapters')
      chapters.set('one', new Y.Doc({ guid: 'chapter-1' }))
      chapters.set('two', new Y.Doc({ guid: 'chapter-2', autoLoad: true, gc: false }))
      anna.doc.getArray('appendix').push([new Y.Doc({ guid: 'appendix' })])
      await agreed([anna, ben])
      ben.doc.getMap('chapters').delete('two')
    },
    (doc) => {
      const of = (inner) => [inner.guid, inner.autoLoad, inner.gc]
      return [
        [...doc.getMap('chapters')].map(([key, inner]) => [key, of(inner)]).sort(),
        doc.getArray('appendix').toArray().map(of),
      ]
    },
  )

  kept(
    'what a reference to another document says of it',
    async (anna, ben) => {
      const chapter = new Y.Doc({ guid: 'chapter-1', meta: { title: 'One', tags: ['a'] } })
      anna.doc.getMap('chapters').set('one', chapter)
      await agreed([anna, ben])
    },
    (doc) => doc.getMap('chapters').get('one').meta,
  )

  kept(
    'what was undone and done again',
    async (anna, ben) => {
      const undo = new Y.UndoManager([anna.text, anna.doc.getMap('map')], { captureTimeout: 0 })
      anna.writes('one ')
      anna.writes('two ')
      anna.doc.getMap('map').set('key', 'value')
      await agreed([anna, ben])
      ben.writes("Ben's ", 0)
      await agreed([anna, ben])
      undo.undo()
      undo.undo()
      await agreed([anna, ben])
      assert.equal(ben.reads(), "Ben's one ", "Ben's words are not undone")
      undo.redo()
      ben.text.delete(0, 3)
      await agreed([anna, ben])
      undo.redo()
      undo.undo()
      assert.equal(anna.reads(), "'s one two ")
      assert.equal(anna.doc.getMap('map').get('key'), undefined)
    },
    (doc) => [doc.getText('text').toDelta(), doc.getMap('map').toJSON()],
  )

  kept(
    'documents without garbage collection',
    async (anna) => {
      anna.doc.gc = false
      const map = anna.doc.getMap('map')
      for (let value = 0; value < 20; value += 1) map.set('key', value)
      anna.writes('kept for history')
      anna.text.delete(0, 8)
      map.set('type', new Y.Map([['a', new Y.Text('b')]]))
      map.delete('type')
    },
    (doc) => [doc.getText('text').toDelta(), doc.getMap('map').toJSON()],
  )

  story('a subdocument is a document of its own, under its own name', async ({ person }) => {
    const anna = await person('Anna')
    const ben = await person('Ben')
    const chapter = new Y.Doc({ guid: 'chapter-1' })
    anna.doc.getMap('chapters').set('one', chapter)
    const inside = await person('Anna inside', { document: chapter.guid, doc: chapter })
    inside.writes('Call me Ishmael.')
    await until('Ben knows the chapter', () => ben.doc.getMap('chapters').get('one') !== undefined)
    const theirs = ben.doc.getMap('chapters').get('one')
    const reader = await person('Ben inside', { document: theirs.guid, doc: theirs })
    await until('Ben reads it', () => reader.reads() === 'Call me Ishmael.')
    assert.equal(ben.reads(), '')
  })
})
