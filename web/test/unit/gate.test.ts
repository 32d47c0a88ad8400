// A page that is too old for a document must not write it, and shows what it can.
import { Editor } from '@tiptap/core'
import Collaboration from '@tiptap/extension-collaboration'
import { describe, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { judge, signSchema, storedSchema, watchGate } from '../../src/editor/gate'
import { content, schema } from '../../src/editor/schema'
import { castShadow, countMissing } from '../../src/editor/shadow'

const contentOf = (doc: Y.Doc) => doc.getXmlFragment('content')
const metaOf = (doc: Y.Doc) => doc.getMap<unknown>('meta')

function paragraph(words: string, attributes: Record<string, unknown> = {}): Y.XmlElement {
  const element = new Y.XmlElement('paragraph')
  const text = new Y.XmlText()
  text.insert(0, words, attributes)
  element.insert(0, [text])
  return element
}

describe('the gate', () => {
  it('is open for what the page knows, and closed by what it does not', () => {
    const doc = new Y.Doc()
    contentOf(doc).insert(0, [paragraph('words')])
    expect(judge(doc, schema, 1)).toBeNull()
    contentOf(doc).insert(1, [new Y.XmlElement('futureNode')])
    expect(judge(doc, schema, 1)).toEqual({ names: ['futureNode'], newer: false })
    metaOf(doc).set('schema', 3)
    expect(judge(doc, schema, 2)).toEqual({ names: ['futureNode'], newer: true })
  })

  // One peer that wrote 1e9 closed the document for everybody, and for good.
  it('takes no nonsense for a number, and the next change of the text puts it right', () => {
    const doc = new Y.Doc()
    const nonsense = [undefined, null, '7', Number.NaN, Number.POSITIVE_INFINITY, 2.5, -3, {}, 7n, 1e9, 103]
    for (const value of nonsense) {
      metaOf(doc).set('schema', value)
      expect(storedSchema(doc, 2)).toBe(1)
      expect(judge(doc, schema, 2)).toBeNull()
    }
    signSchema(doc, 2)
    contentOf(doc).insert(0, [paragraph('words')])
    expect(metaOf(doc).get('schema')).toBe(2)
    metaOf(doc).set('schema', 102)
    expect(storedSchema(doc, 2)).toBe(102)
  })

  it('closes before whoever asked later sees the change, once', () => {
    const doc = new Y.Doc()
    const told: string[] = []
    watchGate(doc, schema, 1, () => told.push('closed'))
    contentOf(doc).observeDeep(() => told.push('the binding'))
    doc.transact(() => {
      contentOf(doc).insert(0, [paragraph('words')])
      metaOf(doc).set('schema', 2)
    })
    expect(told).toEqual(['closed', 'the binding'])
    metaOf(doc).set('schema', 3)
    expect(told).toEqual(['closed', 'the binding'])
  })
})

describe('the number of the schema', () => {
  it('is written with the first change of the text, and by nothing else', () => {
    const other = new Y.Doc()
    contentOf(other).insert(0, [paragraph('theirs')])
    const doc = new Y.Doc()
    signSchema(doc, 2)
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other))
    metaOf(doc).set('title', 'A title')
    expect(metaOf(doc).has('schema')).toBe(false)
    contentOf(doc).insert(0, [paragraph('mine')])
    expect(metaOf(doc).get('schema')).toBe(2)
  })

  it('never falls', () => {
    const doc = new Y.Doc()
    metaOf(doc).set('schema', 5)
    signSchema(doc, 2)
    contentOf(doc).insert(0, [paragraph('mine')])
    expect(metaOf(doc).get('schema')).toBe(5)
  })
})

describe('the shadow', () => {
  it('shows the rest to the binding, follows, and gives nothing back', () => {
    const doc = new Y.Doc()
    const quote = new Y.XmlElement('blockquote')
    contentOf(doc).insert(0, [paragraph('before'), new Y.XmlElement('futureNode'), quote])
    quote.insert(0, [paragraph('in the quote'), new Y.XmlElement('futureNode')])
    contentOf(doc).insert(3, [paragraph('marked', { futureMark: { n: 1 }, bold: {} })])
    const whole = contentOf(doc).toString()
    const before = Y.encodeStateAsUpdate(doc)

    const shadow = castShadow(doc, schema)
    const editor = new Editor({
      element: document.createElement('div'),
      injectCSS: false,
      editable: false,
      extensions: [...content, Collaboration.configure({ fragment: contentOf(shadow) })],
    })
    const lines = () => {
      const found: string[] = []
      editor.state.doc.descendants((node) => {
        if (node.isTextblock) found.push(node.textContent)
      })
      return found
    }
    expect(lines()).toEqual(['before', 'in the quote', 'marked'])
    expect(editor.getHTML()).toContain('<strong>marked</strong>')
    expect(countMissing(contentOf(doc), schema)).toBe(2)
    expect(contentOf(doc).toString()).toBe(whole)
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before)

    // Others go on, also inside and behind what is not shown.
    const hidden = contentOf(doc).get(1) as Y.XmlElement
    hidden.insert(0, [paragraph('hidden')])
    contentOf(doc).insert(2, [paragraph('live'), new Y.XmlElement('otherNode')])
    const first = (contentOf(doc).get(0) as Y.XmlElement).get(0) as Y.XmlText
    first.insert(6, ' all', { 'futureMark--abcdefgh': {} })
    expect(lines()).toEqual(['before all', 'live', 'in the quote', 'marked'])
    expect(countMissing(contentOf(doc), schema)).toBe(3)
    editor.destroy()
  })
})

type Made = Y.XmlElement | Y.XmlText
function element(
  name: string,
  children: Made[] = [],
  attributes: Record<string, unknown> = {},
): Y.XmlElement {
  const made = new Y.XmlElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value as string)
  made.insert(0, children)
  return made
}
function words(said: string, attributes: Record<string, unknown> = {}): Y.XmlText {
  const text = new Y.XmlText()
  text.insert(0, said, attributes)
  return text
}
const cell = (...children: Made[]) =>
  element('table', [element('tableRow', [element('tableCell', children)])])

/** What other programs wrote, that the schema has no place for, and what a shadow shows of it. */
const MISPLACED: Record<string, [Made[], string, missing?: number]> = {
  'a picture among words': [
    [element('paragraph', [words('a '), element('image', [], { src: '/x.png' }), words('b')])],
    'a b',
  ],
  'bare words in a cell': [[cell(words('bare'))], 'bare', 0],
  'bare words in a quote': [
    [element('blockquote', [words('bare'), paragraph('said'), words('again')])],
    'baresaidagain',
    0,
  ],
  'a list of no items': [[element('bulletList', [paragraph('no item')])], ''],
  'a paragraph in code': [[element('codeBlock', [words('code'), paragraph('no code')])], 'code'],
  'a paragraph in a paragraph': [[element('paragraph', [paragraph('inner')])], ''],
  'an item without a list': [[element('listItem', [paragraph('lost')])], ''],
  'words at the top': [[words('top')], ''],
  'nothing at the top, as a text': [[new Y.XmlText()], ''],
  'form in code': [[element('codeBlock', [words('bold', { bold: {} })])], 'bold', 0],
  'an element called text': [[element('text', [words('x')])], ''],
  'an element called as a mark': [[element('bold', [words('x')])], ''],
  'a document in a document': [[element('doc', [paragraph('x')])], ''],
}

// What a code block makes its picker of; there is none here.
function Option() {
  return document.createElement('option')
}
vi.stubGlobal('Option', Option)

function open(doc: Y.Doc): Editor {
  return new Editor({
    element: document.createElement('div'),
    injectCSS: false,
    extensions: [...content, Collaboration.configure({ fragment: contentOf(doc) })],
  })
}

// Opening a document took the words of another program away from everybody, since the binding deletes what
// it cannot build, and the gate looked at names only.
describe('what stands where it must not', () => {
  it.each(Object.entries(MISPLACED))(
    'closes the gate, and nothing is lost: %s',
    (_, [made, shown, missing = 1]) => {
      const doc = new Y.Doc()
      contentOf(doc).insert(0, [...made, paragraph('kept')])
      const before = contentOf(doc).toString()
      expect(judge(doc, schema, 2)).not.toBeNull()
      const shadow = castShadow(doc, schema)
      const editor = open(shadow)
      expect(editor.state.doc.textContent).toBe(`${shown}kept`)
      editor.state.doc.check()
      expect(countMissing(contentOf(doc), schema)).toBe(missing)
      expect(contentOf(doc).toString()).toBe(before)
      // Others go on.
      contentOf(doc).push([paragraph('later')])
      expect(editor.state.doc.textContent).toBe(`${shown}keptlater`)
      editor.destroy()
    },
  )

  it.each(Object.entries(MISPLACED))('closes it while the text is open: %s', (_, [made]) => {
    const copies = made.map((one) => one.clone() as Made)
    const doc = new Y.Doc()
    contentOf(doc).insert(0, [paragraph('kept')])
    let editor: Editor | null = null
    watchGate(doc, schema, 2, () => {
      editor?.destroy()
      editor = null
    })
    editor = open(doc)
    const other = new Y.Doc()
    Y.applyUpdate(other, Y.encodeStateAsUpdate(doc))
    contentOf(other).insert(1, copies)
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other))
    expect(editor).toBeNull()
    expect(contentOf(doc).toString()).toBe(contentOf(other).toString())
  })

  it('is seen when the words come later than their place', () => {
    const doc = new Y.Doc()
    const text = new Y.XmlText()
    contentOf(doc).insert(0, [element('blockquote', [text])])
    let closed = false
    watchGate(doc, schema, 2, () => {
      closed = true
    })
    expect(judge(doc, schema, 2)).toBeNull()
    text.insert(0, 'bare')
    expect(closed).toBe(true)
  })

  // Without a word there is nothing to be counted, and the places of carets went through it.
  it('is form that belongs to no words', () => {
    const other = new Y.Doc()
    const text = other.getText('content')
    text.insert(0, 'words', { bold: true })
    const doc = new Y.Doc()
    contentOf(doc)
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other))
    doc.transact((transaction) => {
      for (let item = contentOf(doc)._start; item !== null; item = item.right)
        if (item.countable) item.delete(transaction)
    })
    expect(contentOf(doc).length).toBe(0)
    expect(judge(doc, schema, 2)).not.toBeNull()
    const editor = open(castShadow(doc, schema))
    expect(editor.isEmpty).toBe(true)
    editor.destroy()
  })

  // The page stayed blank, under "All changes saved".
  it('is a document whose content is no tree', () => {
    const other = new Y.Doc()
    other.getText('content').insert(0, 'words', { bold: true })
    const doc = new Y.Doc()
    contentOf(doc)
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other))
    expect(judge(doc, schema, 2)).not.toBeNull()
    expect(countMissing(contentOf(doc), schema)).toBe(1)
    const editor = open(castShadow(doc, schema))
    expect(editor.isEmpty).toBe(true)
    editor.destroy()
  })
})

// What two people's changes at once leave behind must not close a document for everybody.
describe('what only lacks something', () => {
  const LACKING: Record<string, [Y.XmlElement, string]> = {
    'an item that begins with a list': [
      element('bulletList', [
        element('listItem', [element('bulletList', [element('listItem', [paragraph('inner')])])]),
      ]),
      'inner',
    ],
    'an empty quote': [element('blockquote'), ''],
    'a table without rows': [element('table'), ''],
    'an empty cell': [cell(), ''],
    'an item of a heading': [
      element('bulletList', [element('listItem', [element('heading', [words('h')])])]),
      'h',
    ],
    'details without their line': [element('details', [element('detailsContent', [paragraph('d')])]), 'd'],
  }
  it.each(Object.entries(LACKING))('is shown whole, and looking changes nothing: %s', (_, [made, shown]) => {
    const doc = new Y.Doc()
    contentOf(doc).insert(0, [paragraph('first'), made])
    const before = contentOf(doc).toString()
    expect(judge(doc, schema, 2)).toBeNull()
    const editor = open(doc)
    expect(editor.state.doc.textContent).toBe(`first${shown}`)
    editor.state.doc.check()
    expect(contentOf(doc).toString()).toBe(before)
    // Writing elsewhere leaves it as it is.
    editor.commands.insertContentAt(1, 'the ')
    expect(contentOf(doc).toString()).toBe(before.replace('first', 'the first'))
    // And writing in it keeps what is there.
    editor.commands.insertContentAt(editor.state.doc.content.size - 1, { type: 'paragraph' })
    expect(contentOf(doc).toString()).toContain(shown)
    editor.destroy()
  })
})

// A link whose address was no text threw in the middle of drawing the page, which stayed half blank.
it('values of a wrong kind are taken for none, and stay what they are', () => {
  const doc = new Y.Doc()
  const links = [{ href: null }, { href: { a: 1 } }, 'x', 7, [1], { href: 5, target: {}, class: [] }]
  contentOf(doc).insert(0, [
    ...links.map((link, n) => paragraph(`link ${n}`, { link })),
    paragraph('marked', { highlight: { color: 7 }, comment: { id: {} }, insertion: { id: [], at: 3 } }),
    element('heading', [words('head')], { level: 'x' }),
    element('heading', [words('two')], { level: '2' }),
    element('orderedList', [element('listItem', [paragraph('item')])], { start: {}, type: 3 }),
    element('codeBlock', [words('code')], { language: { a: 1 } }),
    element('image', [], { src: { a: 1 }, alt: 4, width: 'wide', href: [] }),
    element('callout', [paragraph('call')], { kind: 9 }),
    element('blockMath', [], { latex: null }),
    element('taskList', [element('taskItem', [paragraph('task')], { checked: 'no' })]),
    element('table', [
      element('tableRow', [
        element('tableCell', [paragraph('wide')], { colspan: 1e6, rowspan: 1e9, colwidth: 'x', align: {} }),
        element('tableCell', [paragraph('narrow')], { colspan: -3, rowspan: Number.NaN }),
      ]),
    ]),
  ])
  const before = Y.encodeStateAsUpdate(doc)
  expect(judge(doc, schema, 2)).toBeNull()
  const editor = open(doc)
  editor.state.doc.check()
  expect(editor.state.doc.textContent).toMatch(/^link 0link 1link 2link 3link 4link 5marked.*narrow$/)
  const levels: unknown[] = []
  editor.state.doc.descendants((node) => {
    if (node.type.name === 'heading') levels.push(node.attrs.level)
    for (const { type, attrs } of node.marks) if (type.name === 'link') expect(attrs.href).toBe('')
  })
  expect(levels).toEqual([1, 2])
  expect(Y.encodeStateAsUpdate(doc)).toEqual(before)
  editor.destroy()
})

// The author kept half a letter that everybody else, and the server, had as "�".
it('half a letter becomes the sign for one before others see it', () => {
  const doc = new Y.Doc()
  const editor = open(doc)
  editor.commands.insertContent('<p title="x">a\uD800b</p>')
  editor.view.dispatch(editor.state.tr.insertText('\uDC00', 1))
  expect(editor.state.doc.textContent).toBe('\uFFFDa\uFFFDb')
  expect(contentOf(doc).toString()).toBe('<paragraph>\uFFFDa\uFFFDb</paragraph>')
  editor.destroy()
})
