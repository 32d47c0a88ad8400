// Markup of other programs, as it is on the clipboard, becomes what it means there.
import { getSchema } from '@tiptap/core'
import { type Node, DOMParser as Reader } from '@tiptap/pm/model'
import { describe, expect, test } from 'vitest'
import { highlightOf, retold } from '../../src/editor/markup'
import { content } from '../../src/editor/schema'

const schema = getSchema(content)

function read(html: string): Node {
  const element = document.createElement('div')
  element.innerHTML = retold(html)
  return Reader.fromSchema(schema).parse(element)
}

const SHORT: Record<string, string> = {
  bulletList: 'ul',
  orderedList: 'ol',
  taskList: 'tasks',
  paragraph: 'p',
}

/** Blocks in each other, in short. */
function shape(node: Node): string {
  if (node.isTextblock) return node.textContent
  const children = node.children.map(shape).join(' | ')
  const { name } = node.type
  if (name === 'listItem' || name === 'doc') return children
  if (name === 'taskItem') return `${node.attrs.checked ? 'x' : 'o'} ${children}`
  const start = name === 'orderedList' && node.attrs.start !== 1 ? node.attrs.start : ''
  return `${SHORT[name] ?? name}${start}(${children})`
}

const line = (list: string, sign: string, words: string) =>
  `<p class=MsoListParagraphCxSpMiddle style='text-indent:-18.0pt;mso-list:${list}'><![if !supportLists]><span
style='font-family:Symbol;mso-list:Ignore'>${sign}<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp;
</span></span><![endif]><span lang=EN-US>${words}<o:p></o:p></span></p>\n`

// The bug: a list of Word came as paragraphs, each with a bullet or a number and blanks in front of its words.
describe('lists of Word', () => {
  test('have their levels, and both kinds in each other', () => {
    const doc = read(
      `<html><body><!--StartFragment--><p class=MsoNormal>Before</p>${line('l0 level1 lfo1', '·', 'one')}${line('l0 level2 lfo1', 'o', 'under one')}${line(
        'l0 level3\nlfo1',
        '§',
        'deep',
      )}${line('l0 level2 lfo1', '1.', 'counted')}${line('l0 level1 lfo1', '·', 'two')}<p class=MsoNormal>After</p><!--EndFragment--></body></html>`,
    )
    expect(shape(doc)).toBe('Before | ul(one | ul(under one | ul(deep)) | ol(counted) | two) | After')
  })

  test('go on counting where they do', () => {
    const first = line('l1 level1 lfo2', '1.', 'one') + line('l1 level1 lfo2', '2.', 'two')
    const later = line('l1 level1 lfo2', '3.', 'three') + line('l1 level1 lfo2', '4)', 'four')
    expect(shape(read(`${first}<p>between</p>${later}`))).toBe('ol(one | two) | between | ol3(three | four)')
    expect(shape(read(line('l1 level1 lfo2', 'c)', 'third')))).toBe('ol3(third)')
    expect(shape(read(line('l1 level1 lfo2', 'iv.', 'fourth')))).toBe('ol(fourth)')
    expect(shape(read(line('l1 level1 lfo2', '2.1.', 'of a level')))).toBe('ol(of a level)')
  })

  test('are two where two follow each other, and begin as deep as they like', () => {
    expect(shape(read(line('l0 level1 lfo1', '·', 'a') + line('l1 level1 lfo2', '1.', 'b')))).toBe(
      'ul(a) | ol(b)',
    )
    expect(shape(read(line('l0 level1 lfo1', '1.', 'a') + line('l0 level1 lfo3', '1.', 'b')))).toBe(
      'ol(a) | ol(b)',
    )
    expect(shape(read(line('l0 level3 lfo1', '·', 'a') + line('l0 level1 lfo1', '·', 'b')))).toBe(
      'ul(a) | ul(b)',
    )
    expect(shape(read(line('l0 level1 lfo1', '·', 'a') + line('l0 level3 lfo1', '·', 'b')))).toBe(
      'ul(a | ul(b))',
    )
  })

  test('are read as Word for the Mac writes them, too', () => {
    const mac = line('l0 level1 lfo1', '1.', 'one').replace(
      '<![if !supportLists]>',
      '<!--[if !supportLists]-->',
    )
    expect(shape(read(mac.replace('<![endif]>', '<!--[endif]-->')))).toBe('ol(one)')
    expect(shape(read(mac.replace(/<!.*?>/g, '')))).toBe('ol(one)')
  })

  test('have the words that only look like a sign', () => {
    expect(shape(read("<p style='mso-list:l0 level1 lfo1'>1. plain</p>"))).toBe('ul(1. plain)')
    expect(shape(read("<p style='mso-list:none'>no item</p>"))).toBe('no item')
  })
})

// The bug: a checklist of Google Docs came as bullets with a picture of a box in each.
test('a checklist of Google Docs is one of tasks, and what is under an item stays there', () => {
  const item = (checked: boolean, words: string) =>
    `<li dir="ltr" role="checkbox" aria-checked="${checked}" aria-level="1"><img src="data:image/png;base64,AAAA" alt="box" aria-roledescription="checkbox"><p role="presentation"><span>${words}</span></p></li>`
  const doc = read(
    `<b style="font-weight:normal" id="docs-internal-guid-1"><ul>${item(true, 'done')}${item(false, 'open')}<ul>${item(true, 'under')}</ul></ul><ul><li><p>plain</p></li></ul></b>`,
  )
  expect(shape(doc)).toBe('tasks(x done | o open | tasks(x under)) | ul(plain)')
})

describe('words on a coloured ground', () => {
  test.each([
    ['background-color:#ffff00', 'yellow'],
    ['color:red;background:yellow;mso-highlight:yellow', 'yellow'],
    ['background-color:rgb(255, 229, 153)', 'yellow'],
    ['background-color:#d9ead3', 'green'],
    ['background-color: #0ff', 'blue'],
    ['background-color:#c9daf8', 'blue'],
    ['background-color:#d9d2e9', 'purple'],
    ['background:fuchsia', 'pink'],
    ['background-color:#f4cccc', 'pink'],
    ['background-color:#ffffff', null],
    ['background-color:transparent', null],
    ['background-color:rgba(255, 255, 0, 0)', null],
    ['background-color:#ffff0000', null],
    ['background-color:rgb(246, 248, 250)', null],
    ['background:#1e1e2e', null],
    ['background:none', null],
    ['background-image:url(yellow)', null],
    ['color:yellow', null],
  ])('%s', (style, name) => expect(highlightOf(style)).toBe(name))

  const marked = (html: string): string[] => {
    const found: string[] = []
    read(html).descendants((node) => {
      for (const mark of node.marks)
        if (mark.type.name === 'highlight') found.push(`${mark.attrs.color}: ${node.text}`)
    })
    return found
  }

  // The bug: what was highlighted in another program was not any more.
  test('are highlighted', () => {
    const words =
      '<p>so <span style="background-color:#00ff00"><b>very</b> much</span> and <mark style="background:cyan">that</mark></p>'
    expect(marked(words)).toEqual(['green: very', 'green:  much', 'blue: that'])
  })

  test('are not where a block, a page or code has it', () => {
    expect(marked('<p style="background:yellow">a block</p>')).toEqual([])
    expect(marked('<span style="background:yellow"><p>a block</p></span>')).toEqual([])
    const whole = 'background-color: rgb(255, 250, 200); display: inline !important; float: none;'
    expect(marked(`<span style="${whole}">what a browser says of a page</span>`)).toEqual([])
    expect(marked('<pre><code><span style="background:yellow">x</span></code></pre>')).toEqual([])
  })
})

test('what this editor copied stays as it is', () => {
  const html = '<p data-pm-slice="1 1 []"><span style="background:yellow">words</span></p>'
  expect(retold(html)).toBe(html)
})

// H₂O came in as H2O, and x² as x2.
test('numbers that are low or high are letters of their own, other words stay', () => {
  const html =
    'H<sub>2</sub>O, x<sup>−(n+1)</sup>, the 1<sup>st</sup>, <sup><a href="#a">1</a></sup>, a<sub>₀</sub>'
  expect(new DOMParser().parseFromString(retold(html), 'text/html').body.textContent).toBe(
    'H₂O, x⁻⁽ⁿ⁺¹⁾, the 1st, 1, a₀',
  )
})

// What stood low or high was thrown away when it was a picture, and so was the link of a note.
test('links and pictures that are low or high stay', () => {
  const html = '<p>a<sup><a href="#n">12</a></sup> b<sub><img src="x.png"></sub></p>'
  expect(retold(html)).toBe(html)
})

// All of the line was taken for its sign.
test('a line of a list of Word whose sign has no end keeps its words', () => {
  const line = "<p style='mso-list:l0 level1 lfo1'><!--[if !supportLists]-->words <b>and more</b></p>"
  expect(new DOMParser().parseFromString(retold(line), 'text/html').querySelector('li')?.textContent).toBe(
    'words and more',
  )
})

// Each level was a list in a list: thirty thousand of them held up the page for a minute.
test('lists of Word are nested as deep as Word nests them', () => {
  const lines = Array.from({ length: 40 }, (_, at) => `<p style='mso-list:l0 level${at + 1} lfo1'>${at}</p>`)
  const page = new DOMParser().parseFromString(retold(lines.join('')), 'text/html')
  expect(page.querySelectorAll('li')).toHaveLength(40)
  expect(page.querySelectorAll(`${'ul '.repeat(9)}`).length).toBe(1)
  expect(page.querySelectorAll(`${'ul '.repeat(10)}`).length).toBe(0)
})

// The bug: on the web each item of Word is a list of its own, and came as that: all on one level, each number 1.
describe('lists of Word on the web', () => {
  const box = (kind: string, level: number, words: string, start = 1) =>
    `<div class="ListContainerWrapper SCXW1 BCX8"><${kind} role="list" start="${start}" class="BulletListStyle1"><li data-leveltext="" data-listid="${kind === 'ul' ? 3 : 4}" data-aria-posinset="${start}" data-aria-level="${level}" role="listitem"><p class="Paragraph"><span class="TextRun"><span class="NormalTextRun">${words}</span></span><span class="EOP SCXW1">&nbsp;</span></p></li></${kind}></div>`

  test('are one list, with its levels', () => {
    const doc = read(
      `<div class="OutlineElement"><p>Before<span class="EOP">&nbsp;</span></p></div>${box('ul', 1, 'one')}${box('ul', 2, 'under')}${box('ul', 1, 'two')}<div class="OutlineElement"><p>After</p></div>`,
    )
    expect(shape(doc)).toBe('Before | ul(one | ul(under) | two) | After')
  })

  test('go on counting, and are apart where something is between them', () => {
    const first = box('ol', 1, 'one') + box('ul', 2, 'under') + box('ol', 1, 'two', 2)
    expect(shape(read(`${first}<p>between</p>${box('ol', 1, 'three', 3)}`))).toBe(
      'ol(one | ul(under) | two) | between | ol3(three)',
    )
  })

  test('may have several items in a box, and lists of others stay as they are', () => {
    const several = box('ul', 1, 'one').replace(
      '</li>',
      '</li><li data-aria-level="1" data-listid="3">two</li>',
    )
    expect(shape(read(several + box('ul', 2, 'under')))).toBe('ul(one | two | ul(under))')
    expect(shape(read('<ul><li>a<ul><li data-aria-level="2">b</li></ul></li></ul><ul><li>c</li></ul>'))).toBe(
      'ul(a | ul(b)) | ul(c)',
    )
    expect(shape(read('<ul><li data-aria-level="deep">a</li></ul>'))).toBe('ul(a)')
    const two = `<div class="ListContainerWrapper">${box('ul', 1, 'one')}${box('ol', 1, 'two')}and more</div>`
    expect(read(two).textContent).toBe('onetwoand more')
  })
})

test('headings of Word on the web are headings', () => {
  const doc = read(
    '<p role="heading" aria-level="2">Plan <b>B</b></p><p role="heading" aria-level="9">no</p>',
  )
  expect(doc.children.map(({ type, attrs }) => type.name + (attrs.level ?? ''))).toEqual([
    'heading2',
    'paragraph',
  ])
  expect(doc.textContent).toBe('Plan Bno')
})
