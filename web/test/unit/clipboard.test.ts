// What goes to the clipboard and comes from it.
import { Editor, getSchema } from '@tiptap/core'
import { type Node, DOMParser as Reader } from '@tiptap/pm/model'
import { describe, expect, test } from 'vitest'
import { Depth, shallow } from '../../src/editor/depth'
import { htmlOf } from '../../src/editor/markdown/html'
import { looksLikeMarkdown } from '../../src/editor/markdown/signs'
import { plainText } from '../../src/editor/plaintext'
import { content } from '../../src/editor/schema'

const schema = getSchema(content)

function read(html: string) {
  const element = document.createElement('div')
  element.innerHTML = html
  return Reader.fromSchema(schema).parse(element)
}

describe('copied text', () => {
  // Every line of a list was followed by two empty ones.
  test('looks as one would type it', () => {
    const doc = read(
      '<h1>Plan</h1><p>one<br>two</p><ul><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ul>' +
        '<ol start="9"><li><p>x</p></li><li><p>y</p></li></ol><blockquote><p>said</p></blockquote><hr>' +
        '<pre><code>if x\n  y</code></pre><table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>',
    )
    expect(plainText(doc.content)).toBe(
      'Plan\n\none\ntwo\n\n- a\n  - b\n- c\n\n9. x\n10. y\n\nsaid\n\n---\n\nif x\n  y\n\n1\t2\n3\t4',
    )
  })
  test('has no sign in front of words from one item', () => {
    const doc = read('<ul><li><p>alpha beta</p></li><li><p>c</p></li></ul>')
    expect(plainText(doc.slice(3, 8).content)).toBe('alpha')
    expect(plainText(doc.content)).toBe('- alpha beta\n- c')
  })
  test('says which tasks are done', () => {
    const doc = read(htmlOf('- [x] one\n- [ ] two', false))
    expect(plainText(doc.content)).toBe('[x] one\n[ ] two')
  })
})

describe('Markdown', () => {
  // Callouts came as quotes that began with "[!WARNING]", and formulas as their signs, also from what the editor
  // itself had handed out.
  test('has callouts and formulas, and amounts of money are none', () => {
    const doc = read(
      htmlOf(
        '> [!WARNING]\n> Mind the *gap*\n>\n> twice\n\n$$\na < b\n$$\n\nso $x^2$ and `$y$` for \\$5, $6 and $7\n\n> [!OTHER] said',
        false,
      ),
    )
    const found: string[] = []
    doc.descendants((node) => {
      if (node.type.name === 'callout') found.push(`${node.attrs.kind}: ${node.textContent}`)
      if (node.type.name === 'blockquote') found.push(`quote: ${node.textContent}`)
      if ('latex' in node.attrs) found.push(`${node.type.name}: ${node.attrs.latex}`)
      if (node.type.name === 'paragraph' && node.textContent.startsWith('so')) found.push(node.textContent)
    })
    expect(found).toEqual([
      'warning: Mind the gaptwice',
      'blockMath: a < b',
      'so  and $y$ for $5, $6 and $7',
      'inlineMath: x^2',
      'quote: [!OTHER] said',
    ])
  })

  // The bug: details came as lines that began with "<details>".
  test('has details, within each other and around whatever Markdown has', () => {
    const shape = (node: Node): string =>
      node.isTextblock ? node.textContent : `${node.type.name}(${node.children.map(shape).join(' | ')})`
    const said = (markdown: string) => shape(read(htmlOf(markdown, false)))
    expect(
      said(
        'before\n\n<details>\n<summary>A <b>b</b> &amp; c</summary>\n\n- one\n\n<details open>\n<summary>inner</summary>\n\n`</details>`\n\n```html\n</details>\n```\n\n</details>\n\nlast\n\n</details>\n\nafter',
      ),
    ).toBe(
      'doc(before | details(A b & c | detailsContent(bulletList(listItem(one)) | details(inner | detailsContent(</details> | </details>)) | last)) | after)',
    )
    expect(said('<details><summary>A</summary>all in **one**</details>')).toBe(
      'doc(details(A | detailsContent(all in one)))',
    )
    expect(said('<details>\n\nwithout a line\n\n</details>')).toBe(
      'doc(details( | detailsContent(without a line)))',
    )
    expect(said('<details>\n<summary>never ended</summary>\n\nwords')).toContain('<details>')
    expect(said('<detailsx>\n\nno\n\n</detailsx>')).not.toContain('detailsContent')
    const deep = 200
    expect(said(`${'<details>\n\n'.repeat(deep)}x\n\n${'</details>\n\n'.repeat(deep)}`)).toContain('details')
    const hostile = htmlOf('<details><summary><script>window.hurt = 1</script>x</summary>y</details>', false)
    expect(read(hostile).textContent).toBe('xy')
  })

  test.each([
    '<details>\n<summary>more</summary>\n\nwords\n\n</details>',
    '# Title\n\nwords',
    '- one\n- two',
    '1. one\n2. two',
    'see [this](https://example.org)',
    '| a | b |\n|---|---|\n| 1 | 2 |',
    'like\n\n```rust\nfn main() {}\n```\n',
    '- [ ] task',
    '> said\n\nby **somebody**',
  ])('is seen in %j', (text) => expect(looksLikeMarkdown(text)).toBe(true))

  test.each([
    'plain words',
    'two * three * four',
    'snake_case_name and __init__',
    '# install\napt-get update\n# then\napt-get upgrade',
    'int a = 1;\nint b = a * 2;\n// see [x](https://example.org)\nreturn a;',
    '- one thing',
    'Dear all,\n\nsee https://example.org\n\n-- \nAda',
    'a --- b',
    '<details>\n  <summary>the source of a page</summary>\n  <p>words</p>\n</details>',
  ])('is not seen in %j', (text) => expect(looksLikeMarkdown(text)).toBe(false))

  test('becomes what it means', () => {
    const doc = read(
      htmlOf(
        '# A\n\n###### deep\n\n- [x] done\n- plain\n\n1. one\n2. two\n\n`c` **b** ==m== [l](https://e.org)\n\n```rust\nfn a()\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |',
        false,
      ),
    )
    const kinds: string[] = []
    doc.forEach((node) => {
      kinds.push(`${node.type.name}: ${node.textContent}`)
    })
    expect(kinds).toEqual([
      'heading: A',
      'heading: deep',
      'taskList: doneplain',
      'orderedList: onetwo',
      'paragraph: c b m l',
      'codeBlock: fn a()',
      'table: ab12',
    ])
    expect(doc.child(5).attrs.language).toBe('rust')
    const marks = new Set<string>()
    doc.descendants((node) => {
      for (const mark of node.marks) marks.add(mark.type.name)
    })
    expect([...marks].sort()).toEqual(['bold', 'code', 'highlight', 'link'])
  })

  // A picture is a block and no words: the mark of a link has no place on it.
  test('keeps the address of a link around a picture, if it is a safe one', () => {
    const pictures = (markdown: string) => {
      const found: unknown[] = []
      read(htmlOf(markdown, true)).descendants((node) => {
        if (node.type.name === 'image') found.push([node.attrs.src, node.attrs.href])
      })
      return found
    }
    expect(pictures('[![cat](https://e.org/c.png)](https://e.org/cats)')).toEqual([
      ['https://e.org/c.png', 'https://e.org/cats'],
    ])
    expect(pictures('![cat](https://e.org/c.png)')).toEqual([['https://e.org/c.png', null]])
    const bad = read('<p><a href="javascript:alert(1)"><img src="https://e.org/c.png"></a></p>')
    expect(JSON.stringify(bad.toJSON())).not.toContain('javascript')
  })

  test('runs nothing: HTML in it is text, and images are links where there are none', () => {
    const html = htmlOf(
      '<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> ![cat](https://e.org/c.png)',
      false,
    )
    expect(html).not.toMatch(/<script|<img/)
    expect(read(html).textContent).toContain('<script>alert(1)</script>')
    expect(read(html).textContent).toContain('cat')
  })
})

// One paste of 255 quotes in each other was refused by the server, and stayed in the browser: the document
// could not be opened there any more.
describe('what is pasted is not deeper than anybody writes', () => {
  const deep = (levels: number) =>
    `${'<blockquote>'.repeat(levels)}<h2>deep</h2><p>er</p><ul><li><p>item</p></li></ul>${'</blockquote>'.repeat(levels)}`
  const depthOf = (node: Node): number => {
    let most = 0
    node.forEach((child) => {
      if (child.isBlock) most = Math.max(most, 1 + depthOf(child))
    })
    return most
  }

  test('the lines stay, their frames go', () => {
    const doc = read(deep(400))
    const slice = shallow(doc.slice(0, doc.content.size))
    const flat = schema.topNodeType.create(null, slice.content)
    flat.check()
    expect(depthOf(flat)).toBeLessThan(40)
    expect(plainText(slice.content)).toBe('deep\n\ner\n\nitem')
    const open = shallow(doc.slice(402, 404))
    expect(open.openStart).toBeLessThan(40)
    expect(open.openEnd).toBeLessThan(40)
  })
  test('what is not deep stays as it is', () => {
    const doc = read(deep(12))
    const slice = doc.slice(14, 18)
    expect(shallow(slice).eq(slice)).toBe(true)
  })
  test('no change makes the document deeper than the server takes, and what is deep can be written in', () => {
    const editor = new Editor({ element: document.createElement('div'), extensions: [...content, Depth] })
    for (let n = 0; n < 300; n += 1) editor.commands.setBlockquote()
    for (let n = 0; n < 300; n += 1) editor.commands.wrapIn('blockquote')
    expect(depthOf(editor.state.doc)).toBeGreaterThan(100)
    expect(depthOf(editor.state.doc)).toBeLessThan(200)
    editor.commands.insertContent('words')
    expect(editor.state.doc.textContent).toBe('words')
    editor.destroy()
  })
  // The key did nothing, and nobody said why.
  test('a change that would is refused with a word, and what can be done is done without one', () => {
    const told: string[] = []
    const editor = new Editor({
      element: document.createElement('div'),
      extensions: [...content, Depth.configure({ tell: (text) => told.push(text) })],
    })
    let deepest = 0
    while (told.length === 0 && deepest < 300) {
      editor.commands.wrapIn('blockquote')
      deepest += 1
    }
    expect(told).toEqual(['Not done: blocks would stand too deep in each other here.'])
    const before = editor.state.doc
    editor.commands.wrapIn('blockquote')
    expect(told).toHaveLength(2)
    expect(editor.state.doc.eq(before)).toBe(true)
    editor.commands.insertContent('words')
    editor.commands.lift('blockquote')
    expect(told).toHaveLength(2)
    editor.destroy()
  })
})
