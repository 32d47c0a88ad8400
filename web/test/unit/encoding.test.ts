// The shared document is a format: the server exports it, other clients read it, and it outlives
// this editor. What the editor writes for each node and mark is held fast here, word for word.
import { getSchema } from '@tiptap/core'
import { prosemirrorToYDoc } from '@tiptap/y-tiptap'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { foreignIn, watchForeign } from '../../src/editor/foreign'
import { content, schema as known } from '../../src/editor/schema'

const schema = getSchema(content)

/** The dump of a fragment, one element or text a line. */
function dump(parent: Y.XmlFragment, depth = 0): string[] {
  return parent.toArray().flatMap((child) => {
    const indent = '  '.repeat(depth)
    if (child instanceof Y.XmlText) return [`${indent}${JSON.stringify(child.toDelta())}`]
    const element = child as Y.XmlElement
    const attributes = JSON.stringify(element.getAttributes())
    return [`${indent}<${element.nodeName}> ${attributes}`, ...dump(element, depth + 1)]
  })
}

const text = (words: string, ...marks: object[]) => ({
  type: 'text',
  text: words,
  ...(marks.length ? { marks } : {}),
})
const block = (type: string, ...inside: object[]) => ({ type, content: inside })

function encode(...blocks: object[]): string[] {
  const doc = schema.nodeFromJSON({ type: 'doc', content: blocks })
  doc.check()
  return dump(prosemirrorToYDoc(doc, 'content').getXmlFragment('content'))
}

describe('blocks', () => {
  it('are elements named as in the schema, with their non-null attributes', () => {
    expect(
      encode(
        { type: 'heading', attrs: { level: 2 }, content: [text('Title')] },
        block('paragraph', text('plain')),
        { type: 'paragraph' },
        block('blockquote', block('paragraph', text('q'))),
        { type: 'horizontalRule' },
      ),
    ).toEqual([
      '<heading> {"level":2}',
      '  [{"insert":"Title"}]',
      '<paragraph> {}',
      '  [{"insert":"plain"}]',
      '<paragraph> {}',
      '<blockquote> {}',
      '  <paragraph> {}',
      '    [{"insert":"q"}]',
      '<horizontalRule> {}',
    ])
  })

  it('say of pictures, callouts, details and formulas what is not null', () => {
    expect(
      encode(
        { type: 'image', attrs: { src: '/api/documents/a/files/b', alt: 'A', width: 300 } },
        { type: 'callout', attrs: { kind: 'tip' }, content: [{ type: 'paragraph' }] },
        block(
          'details',
          block('detailsSummary', text('More')),
          block('detailsContent', block('paragraph', { type: 'inlineMath', attrs: { latex: 'x^2' } })),
        ),
        { type: 'blockMath', attrs: { latex: '\\frac{1}{2}' } },
      ),
    ).toEqual([
      '<image> {"src":"/api/documents/a/files/b","alt":"A","width":300}',
      '<callout> {"kind":"tip"}',
      '  <paragraph> {}',
      '<details> {}',
      '  <detailsSummary> {}',
      '    [{"insert":"More"}]',
      '  <detailsContent> {}',
      '    <paragraph> {}',
      '      <inlineMath> {"latex":"x^2"}',
      '<blockMath> {"latex":"\\\\frac{1}{2}"}',
    ])
  })

  it('keep code in one text, newlines included', () => {
    expect(
      encode({ type: 'codeBlock', attrs: { language: 'rust' }, content: [text('fn main() {\n}')] }),
    ).toEqual(['<codeBlock> {"language":"rust"}', '  [{"insert":"fn main() {\\n}"}]'])
  })

  it('nest lists, with numbers and booleans as such', () => {
    const nested = {
      type: 'orderedList',
      attrs: { start: 3 },
      content: [block('listItem', block('paragraph', text('b')))],
    }
    expect(
      encode(
        block('bulletList', block('listItem', block('paragraph', text('a')), nested)),
        block('taskList', {
          type: 'taskItem',
          attrs: { checked: true },
          content: [block('paragraph', text('done'))],
        }),
      ),
    ).toEqual([
      '<bulletList> {}',
      '  <listItem> {}',
      '    <paragraph> {}',
      '      [{"insert":"a"}]',
      '    <orderedList> {"start":3}',
      '      <listItem> {}',
      '        <paragraph> {}',
      '          [{"insert":"b"}]',
      '<taskList> {}',
      '  <taskItem> {"checked":true}',
      '    <paragraph> {}',
      '      [{"insert":"done"}]',
    ])
  })

  it('keep spans and widths of table cells, widths as an array', () => {
    const cell = (type: string, attrs: object, words: string) => ({
      type,
      attrs,
      content: [block('paragraph', text(words))],
    })
    expect(
      encode(
        block(
          'table',
          block('tableRow', cell('tableHeader', { colspan: 2, rowspan: 1, colwidth: [120, 80] }, 'h')),
          block(
            'tableRow',
            cell('tableCell', { colwidth: [120] }, 'x'),
            cell('tableCell', { colwidth: [80] }, 'y'),
          ),
        ),
      ),
    ).toEqual([
      '<table> {}',
      '  <tableRow> {}',
      '    <tableHeader> {"colspan":2,"rowspan":1,"colwidth":[120,80]}',
      '      <paragraph> {}',
      '        [{"insert":"h"}]',
      '  <tableRow> {}',
      '    <tableCell> {"colspan":1,"rowspan":1,"colwidth":[120]}',
      '      <paragraph> {}',
      '        [{"insert":"x"}]',
      '    <tableCell> {"colspan":1,"rowspan":1,"colwidth":[80]}',
      '      <paragraph> {}',
      '        [{"insert":"y"}]',
    ])
  })
})

describe('marks', () => {
  const bold = { type: 'bold' }

  it('are formats of the text, empty objects when they have no attributes', () => {
    const marks = ['italic', 'underline', 'strike', 'code'].map((type) => ({ type }))
    expect(encode(block('paragraph', text('b', bold), text('bi', bold, marks[0] as object)))[1]).toBe(
      '  [{"insert":"b","attributes":{"bold":{}}},{"insert":"bi","attributes":{"bold":{},"italic":{}}}]',
    )
    for (const mark of marks)
      expect(encode(block('paragraph', text('x', mark)))[1]).toBe(
        `  [{"insert":"x","attributes":{"${mark.type}":{}}}]`,
      )
  })

  it('keep all attributes of a link, nulls too', () => {
    expect(
      encode(block('paragraph', text('link', { type: 'link', attrs: { href: 'https://e.org' } })))[1],
    ).toBe(
      '  [{"insert":"link","attributes":{"link":{"href":"https://e.org","target":"_blank","rel":"noopener noreferrer nofollow","class":null,"title":null}}}]',
    )
  })

  it('name the colour of a highlight', () => {
    expect(encode(block('paragraph', text('hl', { type: 'highlight', attrs: { color: 'green' } })))[1]).toBe(
      '  [{"insert":"hl","attributes":{"highlight":{"color":"green"}}}]',
    )
  })

  it('do not stay on a line break, which splits its text', () => {
    expect(
      encode(block('paragraph', text('a', bold), { type: 'hardBreak', marks: [bold] }, text('b 😀'))),
    ).toEqual([
      '<paragraph> {}',
      '  [{"insert":"a","attributes":{"bold":{}}}]',
      '  <hardBreak> {}',
      '  [{"insert":"b 😀"}]',
    ])
  })
})

it('finds nodes that this schema cannot build, at any depth', () => {
  const doc = new Y.Doc()
  const fragment = doc.getXmlFragment('content')
  const quote = new Y.XmlElement('blockquote')
  fragment.insert(0, [quote])
  quote.insert(0, [new Y.XmlElement('futureNode')])
  expect(foreignIn(fragment, known)).toEqual({ names: ['futureNode'], misplaced: false })
  quote.delete(0, 1)
  expect(foreignIn(fragment, known)).toBeNull()
})

it('notices such nodes before anybody who asked later', () => {
  const doc = new Y.Doc()
  const fragment = doc.getXmlFragment('content')
  const told: string[] = []
  watchForeign(fragment, known, ({ names }) => told.push(...names))
  fragment.observeDeep(() => told.push('the binding'))
  const quote = new Y.XmlElement('blockquote')
  fragment.insert(0, [quote])
  quote.insert(0, [new Y.XmlElement('futureNode')])
  expect(told).toEqual(['the binding', 'futureNode', 'the binding'])
})

// The binding deletes a text with a mark that it does not know: a document made over REST held
// such a mark, and whoever opened it took its words away.
it('finds marks that this schema cannot build, in the text and on their way into it', () => {
  const doc = new Y.Doc()
  const fragment = doc.getXmlFragment('content')
  const told: string[] = []
  watchForeign(fragment, known, ({ names }) => told.push(...names))
  const line = new Y.XmlText()
  const paragraph = new Y.XmlElement('paragraph')
  fragment.insert(0, [paragraph])
  paragraph.insert(0, [line])
  line.insert(0, 'words', { bold: {} })
  expect(foreignIn(fragment, known)).toBeNull()
  expect(told).toEqual([])
  line.format(0, 2, { 'remark--abcdefgh': { id: 'c' } })
  expect(foreignIn(fragment, known)?.names).toEqual(['remark'])
  line.format(0, 2, { 'remark--abcdefgh': null })
  expect(foreignIn(fragment, known)).toBeNull()
  expect(told).toEqual(['remark'])
})
