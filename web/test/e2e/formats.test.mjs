// The formats, against the editor's real schema and in a real browser: what `json` says is what the
// editor has, what comes in is what the editor can hold, and HTML runs nothing.
//
// The random documents print their seed; COWRITE_SEED replays them.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { prosemirrorToYXmlFragment, updateYFragment } from '@tiptap/y-tiptap'
import * as Y from 'yjs'
import { png } from './pictures.mjs'
import { loadSchema, Writer } from './schema.mjs'
import { BROKEN_LINE, Story } from './story.mjs'

const DOCUMENTS = 200

let story, schema, base
before(async () => {
  story = await Story.begin(['--max-new-documents', '0'])
  base = `http://127.0.0.1:${story.server.port}/api/documents`
  schema = await loadSchema()
})
after(() => story.end())

const path = (name) => `${base}/${encodeURIComponent(name)}`

async function create(fields) {
  const response = await fetch(base, { method: 'POST', body: JSON.stringify(fields) })
  assert.equal(response.status, 201, await response.clone().text())
  return (await response.json()).name
}

async function content(name, query) {
  const response = await fetch(`${path(name)}/content?${query}`)
  assert.equal(response.status, 200, await response.clone().text())
  return response
}

const jsonOf = async (name) => (await content(name, 'format=json')).json()

/** Neighbours with the same marks are one text in an editor. */
function joined(node) {
  if (node.content === undefined) return node
  const content = []
  for (const child of node.content.map(joined)) {
    const last = content.at(-1)
    const same =
      last?.type === 'text' &&
      child.type === 'text' &&
      JSON.stringify(last.marks) === JSON.stringify(child.marks)
    if (same) content[content.length - 1] = { ...last, text: last.text + child.text }
    else content.push(child)
  }
  return { ...node, content }
}

/** What ProseMirror says of a node, as plain JSON. */
const said = (node) => joined(JSON.parse(JSON.stringify(node.toJSON())))

test('json says of every document what the editor says of it, node by node', async () => {
  const seed = Number(process.env.COWRITE_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`COWRITE_SEED=${seed}`)
  for (let number = 0; number < DOCUMENTS; number += 1) {
    const writer = new Writer(schema, seed + number)
    const doc = new Y.Doc()
    const fragment = doc.getXmlFragment('content')
    prosemirrorToYXmlFragment(writer.document(), fragment)
    // And edited, as the binding does it.
    const edited = writer.document()
    const meta = { mapping: new Map(), isOMark: new Map() }
    doc.transact(() => updateYFragment(doc, fragment, edited, meta))
    const name = await create({})
    const applied = await fetch(`${path(name)}/updates`, { method: 'POST', body: Y.encodeStateAsUpdate(doc) })
    assert.equal(applied.status, 204, await applied.text())
    assert.deepEqual(await jsonOf(name), said(edited), `document ${number}`)
    // What is taken in is checked against a table on the server; it must allow what the schema does.
    const copy = await create({ content: edited.toJSON() })
    assert.deepEqual(await jsonOf(copy), said(edited), `copy of document ${number}`)
  }
})

test('what is made of Markdown and HTML is what the editor can hold', async () => {
  const file = new URL('../../../tests/fixtures/markdown/commonmark.json', import.meta.url)
  const { examples } = JSON.parse(await readFile(file, 'utf8'))
  const odd = [
    '<ul><p>a</p><li>b<ul><li>c</ul></ul><li>d',
    '<table><tr><td>a<th colspan=2>b<tr><td><ul><li>c</table>',
    '<h1><p>a</p><table><td>b</h1><dl><dt>c<dd>d',
    '<ol start=5><li><h6>a</h6><li><pre>b\nc</pre></ol>',
    '<ul><li><input type=checkbox checked> a</li><li><input type=checkbox> b</li></ul>',
    '<blockquote></blockquote><ul></ul><table></table><table><tr></tr></table>',
    '<div>a<div>b<p>c</div>d</div><p><b>e<i>f</b>g</i>',
    `${'<blockquote>'.repeat(200)}deep`,
    `${'<details><summary>a</summary>'.repeat(60)}deep`,
    '<details><p>a</p><summary><h2>b</h2><img src=/x alt=c></summary><ul><li><img src=/y></details>',
    '<h1>a<img src=https://e.org/x.png width=40>b</h1><a href=/z><img src=/x></a><aside data-type=callout>',
    '<p><span data-latex="x">$x$</span><div data-latex="y"></div><img src="javascript:pwned()" alt=d>',
  ]
  const all = [
    ...examples.map((example) => ({ format: 'markdown', content: example.markdown })),
    ...odd.map((content) => ({ format: 'html', content })),
  ]
  for (const fields of all) {
    const json = await jsonOf(await create(fields))
    if (json.content === undefined) continue
    const node = schema.nodeFromJSON(json)
    assert.doesNotThrow(() => node.check(), `${JSON.stringify(fields)}: ${JSON.stringify(json)}`)
    assert.deepEqual(json, said(node))
  }
})

/** What would run if it could: each calls `pwned`. */
const PAYLOADS = [
  '<script>pwned()</script>',
  '<img src=x onerror=pwned()>',
  '"><img src=x onerror=pwned()>',
  "'><svg onload=pwned()>",
  '<svg><script>pwned()</script></svg>',
  '<svg><animate onbegin=pwned() attributeName=x dur=1s>',
  '<math><mtext></p><style><img src=x onerror=pwned()></style>',
  '<noscript><p title="</noscript><img src=x onerror=pwned()>">',
  '<form><math><mtext></form><form><mglyph><style></math><img src onerror=pwned()>',
  '<iframe srcdoc="<script>parent.pwned()</script>"></iframe>',
  '<iframe src="javascript:parent.pwned()"></iframe>',
  '<object data="javascript:pwned()"></object>',
  '<details open ontoggle=pwned()>x</details>',
  '<input autofocus onfocus=pwned()>',
  '<a href="javascript:pwned()">x</a>',
  '<a href="java\nscript:pwned()">x</a>',
  '<a href="&#106;avascript:pwned()">x</a>',
  '<a href="\u0001javascript:pwned()">x</a>',
  '<a href="data:text/html,<script>opener.pwned()</script>">x</a>',
  '<base href="javascript:/a/"><a href="//pwned()">x</a>',
  '<meta http-equiv="refresh" content="0;url=javascript:pwned()">',
  '<style>@import "javascript:pwned()";*{background:url(javascript:pwned())}</style>',
  '<p style="background:url(javascript:pwned())">x</p>',
  '<template><img src=x onerror=pwned()></template>',
  '<textarea></textarea><img src=x onerror=pwned()>',
  '</title><script>pwned()</script>',
  '</code></pre><script>pwned()</script>',
  '--><img src=x onerror=pwned()><!--',
  '<xmp><img src=x onerror=pwned()></xmp>',
  '<a href="x" onclick=pwned() onmouseover=pwned()>x</a>',
]
const ADDRESSES = [
  'javascript:pwned()',
  ' javascript:pwned()',
  'JaVaScRiPt:pwned()',
  'java\tscript:pwned()',
  '\u0000javascript:pwned()',
  'java\u00adscript:pwned()',
  'vbscript:pwned()',
  'data:text/html,<script>pwned()</script>',
  'blob:http://e.org/x',
  'x" onerror="pwned()',
  "x' onclick='pwned()",
]

/** Names have no control characters. */
const nameOf = (payload) => payload.replace(/\p{Cc}/gu, '')

/** Documents by clients that know no schema: the payloads wherever a text may stand. */
function hostile() {
  const texts = PAYLOADS.map((text) => ({ type: 'paragraph', content: [{ type: 'text', text }] }))
  const nodes = PAYLOADS.flatMap((payload) => [
    { type: 'codeBlock', attrs: { language: payload }, content: [{ type: 'text', text: payload }] },
    { type: 'image', attrs: { src: payload, alt: payload, title: payload } },
    { type: 'blockMath', attrs: { latex: payload } },
    { type: 'callout', attrs: { kind: payload }, content: [{ type: 'paragraph' }] },
    { type: 'paragraph', content: [{ type: 'inlineMath', attrs: { latex: payload } }] },
    { type: 'paragraph', content: [{ type: 'mention', attrs: { label: payload } }] },
    { type: nameOf(payload), content: [{ type: 'text', text: payload }] },
    { type: 'orderedList', attrs: { start: payload, type: payload } },
    { type: 'heading', attrs: { level: payload }, content: [{ type: 'text', text: payload }] },
    {
      type: 'paragraph',
      content: [
        {
          type: 'text',
          text: payload,
          marks: [
            { type: nameOf(payload) },
            { type: 'highlight', attrs: { color: payload } },
            { type: 'insertion', attrs: { id: payload, by: payload, color: payload, break: payload } },
            { type: 'deletion', attrs: { id: payload, by: payload, at: payload } },
          ],
        },
      ],
    },
    {
      type: 'table',
      content: [
        {
          type: 'tableRow',
          content: [{ type: 'tableCell', attrs: { colspan: payload, align: payload, colwidth: [payload] } }],
        },
      ],
    },
  ])
  const links = [...ADDRESSES, ...PAYLOADS].flatMap((href) => [
    {
      type: 'paragraph',
      content: [{ type: 'text', text: 'x', marks: [{ type: 'link', attrs: { href, title: href } }] }],
    },
    { type: 'image', attrs: { src: href, alt: 'x' } },
  ])
  return { type: 'doc', content: [...texts, ...nodes, ...links] }
}

/** Shows markup in every way that a page might, and counts what ran. */
async function runs(page, html) {
  await page.goto('about:blank')
  await page.evaluate(() => {
    window.ran = 0
    window.pwned = () => {
      window.ran += 1
    }
  })
  await page.evaluate(async (html) => {
    const shown = document.createElement('div')
    document.body.append(shown)
    shown.innerHTML = html
    // Written out and parsed again: where markup changes its meaning, it does it now.
    const again = document.createElement('div')
    document.body.append(again)
    again.innerHTML = shown.innerHTML
    const parsed = document.createElement('div')
    parsed.append(...new DOMParser().parseFromString(html, 'text/html').body.childNodes)
    document.body.append(parsed)
    for (const element of document.body.querySelectorAll('*')) {
      const leadsAway = /^(https?|mailto|tel)?:$/.test(element.protocol ?? '')
      if (element instanceof HTMLAnchorElement && leadsAway) continue
      for (const kind of ['mouseover', 'focus', 'toggle'])
        element.dispatchEvent(new Event(kind, { bubbles: true }))
      if (element instanceof HTMLElement && element.tagName !== 'INPUT') element.click()
    }
    await new Promise((resolve) => setTimeout(resolve, 40))
  }, html)
  return page.evaluate(() => window.ran)
}

test('nothing that is written in a document runs in its HTML', async () => {
  const eve = await story.person('Eve')
  const { page } = eve
  page.on('dialog', (dialog) => dialog.dismiss())
  // The corpus is one: as it is, it runs, or leads away.
  let ran = 0
  for (const payload of PAYLOADS) if ((await runs(page, payload).catch(() => 1)) > 0) ran += 1
  assert.ok(ran > 8, `${ran} of ${PAYLOADS.length} run where nothing hinders them`)

  const written = await create({ content: hostile() })
  const titled = await create({ content: hostile(), title: '</title><script>pwned()</script>' })
  const read = []
  for (const payload of [
    ...PAYLOADS,
    ...ADDRESSES.map((href) => `<a href="${href}">x</a><img src="${href}">`),
  ])
    for (const format of ['html', 'markdown', 'text']) read.push(await create({ format, content: payload }))
  for (const name of [written, titled, ...read]) {
    const whole = name === written || name === titled
    for (const query of ['format=html', ...(whole ? ['format=html&page=true'] : [])]) {
      const response = await content(name, query)
      assert.match(response.headers.get('content-security-policy'), /default-src 'none'.*sandbox/)
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
      // Here the policy does not help: the markup alone must be harmless.
      const html = await response.text()
      assert.equal(await runs(page, html), 0, html.slice(0, 2000))
    }
  }
  // As a page of its own, at its address.
  await page.goto(`${path(titled)}/content?format=html&page=true`)
  assert.equal(await page.title(), '</title><script>pwned()</script>')
  // And in the editor, whatever was imported.
  await eve.open(read[0])
  await page.evaluate(() => {
    window.ran = 0
    window.pwned = () => {
      window.ran += 1
    }
  })
  for (const name of read.slice(0, 9)) {
    await eve.open(name)
    assert.equal(await page.locator('.text script, .text iframe, .text [onerror]').count(), 0)
  }
})

const DOWNLOADS = [
  ['Markdown', '.md', /^# Minutes\n\n\*\*We\*\* met\.\n/],
  ['Web page', '.html', /<title>May &amp; June<\/title>[\s\S]*<h1>Minutes<\/h1>/],
  ['Plain text', '.txt', /^Minutes\nWe met\.\n$/],
  ['Data (ProseMirror)', '.json', /"type":"doc"/],
]

test('a document is downloaded as a file, by mouse and by keyboard', async () => {
  const ada = await story.person('Ada')
  const name = await create({ title: 'May & June', format: 'markdown', content: '# Minutes\n\n**We** met.' })
  await ada.open(name)
  for (const [label, ending, text] of DOWNLOADS) {
    const download = ada.page.waitForEvent('download')
    await ada.page.getByRole('button', { name: 'Download the document' }).click()
    await ada.page.getByRole('menuitem', { name: label }).click()
    const file = await download
    assert.equal(file.suggestedFilename(), `May & June${ending}`)
    assert.match(await readFile(await file.path(), 'utf8'), text)
  }
  const download = ada.page.waitForEvent('download')
  await ada.page.getByRole('button', { name: 'Download the document' }).focus()
  await ada.types('{Enter}')
  await ada.page.getByRole('menu', { name: 'Download the document' }).waitFor()
  await ada.types('w{Enter}')
  assert.equal((await download).suggestedFilename(), 'May & June.html')
  ada.isContent(BROKEN_LINE)
})

// The bug: pictures and links of a downloaded page were paths of the server, and led nowhere on a disk. And
// what came in again had pictures that belong to another document, or none.
test('a downloaded page needs no server, and comes in again with its pictures', async () => {
  const ada = await story.person('Ada')
  const url = ada.wire.url
  const name = await create({ title: 'Whole', format: 'markdown', content: 'Text' })
  const sent = await fetch(`${url}/api/documents/${name}/files`, { method: 'POST', body: png(40, 30) })
  const { url: picture } = await sent.json()
  const text = `![A sea](${picture})\n\n[Other](/d/other) \\<img src="${picture}"\n`
  const headers = { 'content-type': 'text/markdown' }
  await fetch(`${url}/api/documents/${name}/content`, { method: 'PUT', body: text, headers })
  await ada.open(name)
  const download = ada.page.waitForEvent('download')
  await ada.page.getByRole('button', { name: 'Download the document' }).click()
  await ada.page.getByRole('menuitem', { name: 'Web page' }).click()
  const file = await download
  assert.equal(file.suggestedFilename(), 'Whole.html')
  const folder = await mkdtemp(join(tmpdir(), 'cowrite-e2e-'))
  const path = join(folder, 'whole.html')
  await file.saveAs(path)
  const page = await readFile(path, 'utf8')
  assert.match(page, /<img src="data:image\/png;base64,[^"]+" alt="A sea"/)
  assert.ok(page.includes(`<a href="${url}/d/other"`), page)
  // What only reads like a picture stays what it is.
  assert.ok(page.includes(picture), page)
  const looking = await ada.context.newPage()
  await looking.goto(`file://${path}`)
  assert.deepEqual(
    await looking.locator('img').evaluateAll((all) => all.map((one) => [one.complete, one.naturalWidth])),
    [[true, 40]],
  )
  await looking.close()
  await rm(folder, { recursive: true })

  await ada.goHome()
  const picker = ada.page.waitForEvent('filechooser')
  await ada.page.getByRole('button', { name: 'Import…' }).click()
  await (await picker).setFiles({ name: 'Again.html', mimeType: 'text/html', buffer: Buffer.from(page) })
  const shown = ada.text.locator('img')
  await shown.waitFor()
  const again = decodeURIComponent(new URL(ada.page.url()).pathname.slice('/d/'.length))
  assert.notEqual(again, name)
  assert.ok((await shown.getAttribute('src')).startsWith(`/api/documents/${again}/files/`))
})

test('files become documents, picked or dropped', async () => {
  const ada = await story.person('Ada')
  await ada.goHome()
  const file = (name, text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })
  const picker = ada.page.waitForEvent('filechooser')
  await ada.page.getByRole('button', { name: 'Import…' }).click()
  await (await picker).setFiles(file('Plan B.md', '## Plan\n\n- [x] one\n- [ ] two\n'))
  await ada.text.waitFor()
  await ada.reads(['h2: Plan', 'ul [x] p: one', 'ul [ ] p: two'])
  assert.equal(await ada.page.getByRole('textbox', { name: 'Title' }).inputValue(), 'Plan B')

  await ada.goHome()
  const drop = (...files) =>
    ada.page.evaluate((files) => {
      const transfer = new DataTransfer()
      for (const [name, text] of files) transfer.items.add(new File([text], name))
      for (const kind of ['dragenter', 'dragover', 'drop'])
        document.body.dispatchEvent(
          new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }),
        )
    }, files)
  await drop(['One.html', '<h1>One</h1>'], ['Two.txt', 'two\nlines'])
  await ada.page.getByText('2 documents were imported.').waitFor()
  await ada.page.getByRole('link', { name: 'One', exact: true }).waitFor()
  await ada.page.getByRole('link', { name: 'Two', exact: true }).waitFor()

  // What is wrong with a file is said, and no document is made of it.
  await drop(['Bad.json', '{"type":"doc",\n"content":[}'])
  await ada.page.getByText(/“Bad.json” was not imported\..*line 2 column 12/).waitFor()
  await drop(['Picture.png', 'x'])
  await ada.page.getByText(/“Picture.png” was not imported\. Only Markdown/).waitFor()
  ada.isContent(BROKEN_LINE)
})
