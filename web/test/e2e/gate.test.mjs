// A page that is older than a document: it lets people read, says why, and takes nothing away.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import { barriers } from './barriers.mjs'
import { pastesHtml } from './pictures.mjs'
import { Story } from './story.mjs'

let story
before(async () => {
  story = await Story.begin()
})
after(() => story.end())

const path = (person, document) => `${person.wire.url}/api/documents/${encodeURIComponent(document)}`

/** Another program with the same document: a Yjs document that is changed and sent. */
async function changes(person, document, change) {
  const address = `${path(person, document)}/updates`
  const doc = new Y.Doc()
  const known = await fetch(address)
  if (known.ok) Y.applyUpdate(doc, new Uint8Array(await known.arrayBuffer()))
  else await fetch(`${person.wire.url}/api/documents`, { method: 'POST', body: `{"name":"${document}"}` })
  doc.transact(() => change(doc.getXmlFragment('content'), doc.getMap('meta')))
  const answer = await fetch(address, { method: 'POST', body: Y.encodeStateAsUpdate(doc) })
  assert.ok(answer.ok, `the update was answered with ${answer.status}`)
}

async function stored(person, document) {
  const doc = new Y.Doc()
  const answer = await fetch(`${path(person, document)}/updates`)
  Y.applyUpdate(doc, new Uint8Array(await answer.arrayBuffer()))
  return { text: doc.getXmlFragment('content').toString(), meta: doc.getMap('meta').toJSON() }
}

function line(said, attributes = {}) {
  const paragraph = new Y.XmlElement('paragraph')
  const text = new Y.XmlText()
  text.insert(0, said, attributes)
  paragraph.insert(0, [text])
  return paragraph
}

const editable = (person) => person.text.getAttribute('contenteditable')

/** A server that has another build of the editor than the one that runs in this page. */
const hasNewer = (person) =>
  person.page.route(
    (url) => url.pathname === '/',
    (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: '<script type="module" src="/assets/index-other.js"></script>',
      }),
  )

test('a page that meets what it does not know shows the rest, read-only and live', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada')
  await ada.page.goto(ada.wire.url)
  await changes(ada, document, (content) => {
    content.insert(0, [line('Before'), new Y.XmlElement('futureNode'), line('marked', { futureMark: {} })])
  })
  await hasNewer(ada)
  await ada.page.goto(`${ada.wire.url}/d/${document}`)
  await ada.hears('this page is too old for (futureNode, futureMark)')
  await ada.hears('One piece is not shown.')
  await ada.reads(['p: Before', 'p: marked'])
  assert.equal(await editable(ada), 'false')
  assert.ok(await ada.page.getByLabel('Title').isDisabled())
  assert.deepEqual(await barriers(ada), [])
  if (process.env.COWRITE_LOOK) {
    await ada.page.screenshot({ path: `${process.env.COWRITE_LOOK}/gate.png` })
    await ada.page.setViewportSize({ width: 390, height: 844 })
    await ada.page.emulateMedia({ colorScheme: 'dark' })
    await ada.page.screenshot({ path: `${process.env.COWRITE_LOOK}/gate-phone.png` })
  }

  await changes(ada, document, (content) => content.insert(1, [line('Said meanwhile')]))
  await ada.reads(['p: Before', 'p: Said meanwhile', 'p: marked'])
  await ada.sees('saved')
  const { text } = await stored(ada, document)
  assert.match(text, /<futurenode/i)
  assert.match(text, /futureMark/)

  await ada.page.getByRole('button', { name: 'Reload' }).click()
  await ada.hears('this page is too old for')
  ada.isContent()
})

test('where a reload brings the same editor, none is offered', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada')
  await ada.page.goto(ada.wire.url)
  await changes(ada, document, (content, meta) => {
    content.insert(0, [line('All of it')])
    meta.set('schema', 99)
  })
  await ada.page.goto(`${ada.wire.url}/d/${document}`)
  await ada.hears('with a newer editor than this server has')
  await ada.reads(['p: All of it'])
  assert.equal(await editable(ada), 'false')
  assert.equal(await ada.page.getByRole('button', { name: 'Reload' }).count(), 0)
  assert.equal((await stored(ada, document)).meta.schema, 99)
  ada.isContent()
})

// Whoever was writing when such a change arrived lost the text from the page.
test('what arrives while somebody writes ends the writing, not the reading', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada')
  await ada.page.goto(ada.wire.url)
  await changes(ada, document, (content) => {
    content.insert(
      0,
      Array.from({ length: 60 }, (_, n) => line(`Line ${n}`)),
    )
  })
  await ada.open(document)
  await ada.text.click()
  await ada.types('{Control+End} and on')
  const stage = ada.page.locator('.stage')
  const scrolled = await stage.evaluate((element) => element.scrollTop)
  assert.ok(scrolled > 100)
  await changes(ada, document, (content) => content.push([new Y.XmlElement('futureNode')]))
  await ada.hears('One piece is not shown.')
  assert.equal(await editable(ada), 'false')
  assert.equal((await ada.blocks()).at(-1), 'p: Line 59 and on')
  await ada.until('the text to stand where it stood', async () => {
    const now = await stage.evaluate((element) => element.scrollTop)
    return Math.abs(now - scrolled) < 60 || now
  })
  // The copy once followed the first edit after that, and none behind it.
  for (const words of ['Said later', 'and later still']) {
    await changes(ada, document, (content) => content.push([line(words)]))
    await ada.until(`the words "${words}"`, async () => {
      const last = (await ada.blocks()).at(-1)
      return last === `p: ${words}` || last
    })
  }
  await ada.sees('saved')
  const { text } = await stored(ada, document)
  assert.match(text, /Line 59 and on/)
  assert.match(text, /<futurenode/i)
  ada.isContent()
})

// What is asked for in an open list may be answered when the editor is gone: nothing of it may stay.
test('what was open beside the text goes with the editor', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada')
  await ada.page.goto(ada.wire.url)
  await changes(ada, document, (content) => content.insert(0, [line('Words')]))
  await ada.open(document)
  await ada.text.click()
  // The answer to what is looked for comes when the editor is gone.
  let free
  const freed = new Promise((resolve) => {
    free = resolve
  })
  await ada.page.route(/\/api\/search/, async (route) => {
    await freed
    await route.continue()
  })
  const asked = ada.page.waitForRequest(/\/api\/search/)
  await ada.types('{Control+End} [[Wor')
  await asked
  await changes(ada, document, (content) => content.push([new Y.XmlElement('futureNode')]))
  await ada.hears('One piece is not shown.')
  free()
  await ada.sees('saved')
  assert.equal(await ada.page.locator('.suggestions').count(), 0)
  ada.isContent()
})

// A document that is deleted may only be read from then on, whatever was open in it.
test('what was open beside the text goes when it may not be written any more', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada')
  await ada.open(document)
  await ada.text.click()
  await ada.types('Words{Enter}/')
  await ada.page.getByRole('option', { name: /Heading 1/ }).waitFor()
  await ada.sees('saved')
  await fetch(path(ada, document), { method: 'DELETE' })
  await ada.until('no list', async () => (await ada.page.locator('.suggestions').count()) === 0)
  assert.equal(await editable(ada), 'false')
  await ada.types('{Enter}')
  assert.deepEqual(await ada.blocks(), ['p: Words', 'p: /'])
  ada.isContent(/Failed to load resource/)
})

function element(name, children = [], attributes = {}) {
  const made = new Y.XmlElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.insert(0, children)
  return made
}
function words(said) {
  const text = new Y.XmlText()
  text.insert(0, said)
  return text
}

/** What other programs wrote where this editor has no place for it. */
const MISPLACED = {
  'a picture among words': () =>
    element('paragraph', [words('LOST '), element('image', [], { src: '/x.png' }), words('LOST')]),
  'bare words in a cell': () =>
    element('table', [element('tableRow', [element('tableCell', [words('LOST')])])]),
  'bare words in a quote': () => element('blockquote', [words('LOST')]),
  'a list of no items': () => element('bulletList', [line('LOST')]),
  'a paragraph in code': () => element('codeBlock', [words('code'), line('LOST')]),
  'a paragraph in a paragraph': () => element('paragraph', [line('LOST')]),
  'words at the top': () => words('LOST'),
}

// Whoever opened the document, or had it open, took these words away from everybody.
test('what stands where it must not is left alone, at opening and while somebody writes', async () => {
  const ada = await story.person('Ada')
  await ada.page.goto(ada.wire.url)
  for (const [what, make] of Object.entries(MISPLACED)) {
    const document = story.fresh()
    await changes(ada, document, (content) => content.insert(0, [line('kept'), make()]))
    const before = await stored(ada, document)
    await ada.page.goto(`${ada.wire.url}/d/${document}`)
    await ada.hears('holds something this editor cannot show safely')
    await ada.text.getByText('kept').waitFor()
    assert.equal(await editable(ada), 'false', what)
    await ada.sees('saved')
    assert.deepEqual(await stored(ada, document), before, what)
  }
  assert.deepEqual(await barriers(ada), [])
  if (process.env.COWRITE_LOOK) {
    await ada.page.screenshot({ path: `${process.env.COWRITE_LOOK}/misplaced.png` })
    await ada.page.setViewportSize({ width: 390, height: 844 })
    await ada.page.emulateMedia({ colorScheme: 'dark' })
    await ada.page.screenshot({ path: `${process.env.COWRITE_LOOK}/misplaced-phone.png` })
    await ada.page.setViewportSize({ width: 1280, height: 900 })
  }
  for (const [what, make] of Object.entries(MISPLACED)) {
    const document = story.fresh()
    await changes(ada, document, (content) => content.insert(0, [line('first')]))
    await ada.open(document)
    await ada.text.click()
    await ada.types('{Control+End} mine')
    await ada.sees('saved')
    await changes(ada, document, (content) => content.insert(1, [make(), line('last')]))
    await ada.hears('holds something this editor cannot show safely')
    await ada.text.getByText('last').waitFor()
    const { text } = await stored(ada, document)
    assert.match(text, /first mine.*LOST.*last/, what)
  }
  ada.isContent()
})

// A link whose address was no text, and a cell of a million columns, left a page that was half blank or stood
// still, under "All changes saved".
test('values that no editor writes are shown as none, and one writes on beside them', async () => {
  const ada = await story.person('Ada')
  await ada.page.goto(ada.wire.url)
  const wide = (attributes) =>
    element('table', [
      element('tableRow', [
        element('tableCell', [line('wide')], attributes),
        element('tableCell', [line('by')]),
      ]),
    ])
  const odd = () => [
    line('null', { link: { href: null } }),
    line('object', { link: { href: { a: 1 } } }),
    line('text', { link: 'x' }),
    element('heading', [words('head')], { level: 'x' }),
    wide({ colspan: 1e6, rowspan: 1e9 }),
    wide({ colspan: -3 }),
    line('last'),
  ]
  const shown = [
    'p: null',
    'p: object',
    'p: text',
    'h1: head',
    ...Array(2).fill(['td p: wide', 'td p: by']).flat(),
  ]
  const document = story.fresh()
  await changes(ada, document, (content) => content.insert(0, [line('first')]))
  await ada.open(document)
  const beside = await story.person('Bob')
  await changes(ada, document, (content) => content.insert(1, odd()))
  await beside.open(document)
  for (const person of [ada, beside]) {
    await person.text.getByText('last').waitFor()
    assert.deepEqual(await person.blocks(), ['p: first', ...shown, 'p: last'])
    assert.equal(await editable(person), 'true')
  }
  await ada.text.getByText('last').click()
  await ada.types('{End} mine')
  await beside.reads(['p: first', ...shown, 'p: last mine'])
  await ada.sees('saved')
  for (const person of [ada, beside]) person.isContent()
})

// The page was blank, under "All changes saved".
test('a document whose content is no tree is said to be one', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada')
  await ada.page.goto(ada.wire.url)
  await fetch(`${ada.wire.url}/api/documents`, { method: 'POST', body: `{"name":"${document}"}` })
  const doc = new Y.Doc()
  doc.getText('content').insert(0, 'only words', { bold: true })
  const answer = await fetch(`${path(ada, document)}/updates`, {
    method: 'POST',
    body: Y.encodeStateAsUpdate(doc),
  })
  assert.ok(answer.ok)
  await ada.page.goto(`${ada.wire.url}/d/${document}`)
  await ada.hears('holds something this editor cannot show safely')
  await ada.hears('One piece is not shown.')
  await ada.text.waitFor()
  ada.isContent()
})

// It was a skeleton for ever, under "All changes saved".
test('an editor that cannot be opened, or fails later, says so and takes nothing away', async () => {
  const ada = await story.person('Ada')
  await ada.page.goto(ada.wire.url)
  const document = story.fresh()
  await changes(ada, document, (content) => content.insert(0, [line('first')]))
  const breaks = () =>
    Object.defineProperty(HTMLElement.prototype, 'pmViewDesc', {
      configurable: true,
      set() {
        throw new Error('broken on purpose')
      },
    })
  await ada.open(document)
  await ada.page.evaluate(breaks)
  await changes(ada, document, (content) => content.insert(1, [line('second')]))
  await ada.hears('The editor could not open this document.')
  assert.equal(await ada.page.locator('.waiting, .text').count(), 0)
  await ada.page.addInitScript(breaks)
  await ada.page.goto(`${ada.wire.url}/d/${document}`)
  await ada.hears('The editor could not open this document.')
  assert.equal(await ada.page.locator('.waiting, .text').count(), 0)
  assert.equal(await ada.page.getByText('All changes saved').count(), 0)
  assert.deepEqual(await barriers(ada), [])
  if (process.env.COWRITE_LOOK) await ada.page.screenshot({ path: `${process.env.COWRITE_LOOK}/failed.png` })
  const { text } = await stored(ada, document)
  assert.match(text, /first.*second/)
  assert.ok(
    ada.complaints.every((words) => /broken on purpose/.test(words)),
    ada.complaints.join(),
  )
})

// One paste of 255 quotes in each other was refused by the server, and each reload ended in the same refusal.
test('a paste that nests too deeply is made flat, and saved', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada')
  await ada.page.goto(ada.wire.url)
  await changes(ada, document, (content) => content.insert(0, [line('first')]))
  await ada.open(document)
  await ada.text.click()
  await ada.types('{Control+End}{Enter}')
  await pastesHtml(ada, `${'<blockquote>'.repeat(500)}<p>deep \uD800 down</p>${'</blockquote>'.repeat(500)}`)
  await ada.text.getByText('deep').waitFor()
  await ada.sees('saved')
  const { text } = await stored(ada, document)
  assert.match(text, /deep \uFFFD down/)
  assert.match(await ada.text.textContent(), /deep \uFFFD down/)
  await ada.page.reload()
  await ada.text.getByText('deep').waitFor()
  await ada.sees('saved')
  ada.isContent()
})

// What the server refused stayed in the browser: the document was locked for it for good.
test('what the server refused can be let go, after a copy was offered', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada')
  await ada.page.goto(ada.wire.url)
  await changes(ada, document, (content) => content.insert(0, [line('of the server')]))
  await ada.open(document)
  // As an editor that did not look at the depth left it: a copy on this device that the server refuses.
  await ada.page.evaluate(
    ([name, update]) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open(`cowrite/${location.origin}/${name}`)
        request.onerror = () => reject(request.error)
        request.onsuccess = () => {
          const transaction = request.result.transaction('updates', 'readwrite')
          transaction.objectStore('updates').add(Uint8Array.from(update))
          transaction.oncomplete = () => {
            request.result.close()
            resolve()
          }
        }
      }),
    [document, [...tooDeep()]],
  )
  await ada.page.reload()
  await ada.hears("The server refused this page's changes")
  await ada.page.getByRole('button', { name: 'Download the text' }).waitFor()
  const open = ada.page.getByRole('button', { name: "Open the server's version" })
  await open.click()
  assert.deepEqual(await barriers(ada), [])
  if (process.env.COWRITE_LOOK) {
    await ada.page.screenshot({ path: `${process.env.COWRITE_LOOK}/refused.png` })
    await ada.page.setViewportSize({ width: 390, height: 844 })
    await ada.page.emulateMedia({ colorScheme: 'dark' })
    await ada.page.screenshot({ path: `${process.env.COWRITE_LOOK}/refused-phone.png` })
  }
  await ada.page.getByRole('button', { name: 'Keep it' }).click()
  await open.click()
  await ada.page.getByRole('button', { name: "Discard this device's copy" }).click()
  await ada.reads(['p: of the server'])
  await ada.sees('saved')
  await ada.page.reload()
  await ada.reads(['p: of the server'])
  await ada.sees('saved')
})

function tooDeep() {
  const doc = new Y.Doc()
  let inner = line('deep')
  for (let level = 0; level < 300; level += 1) inner = element('blockquote', [inner])
  doc.getXmlFragment('content').insert(0, [inner])
  return Y.encodeStateAsUpdate(doc)
}
