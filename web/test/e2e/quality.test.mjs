// What holds for every page: WCAG 2.2 AA, the strict policy, both themes, phones.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers } from './barriers.mjs'
import { GONE, Story } from './story.mjs'
import { weightOf } from './weight.mjs'

let story, document
before(async () => {
  story = await Story.begin()
  document = story.fresh('quality')
  const ada = await story.person('Ada Lovelace')
  await ada.open(document)
  await ada.page.getByRole('textbox', { name: 'Title' }).fill('Everything at once')
  await ada.types(
    [
      '{Enter}# Title{Enter}Text with **bold**, `code`, ==seen== and [a link](https://example.org) .{Enter}',
      '## Lists{Enter}- point{Enter}{Enter}[ ] task{Enter}{Enter}',
      '> said{Enter}{Enter}```rust // note{Enter}',
      'fn main() {{} let x = "s" + 1;{ArrowDown}',
    ].join(''),
  )
  await ada.sees('saved')
})
after(() => story.end())

for (const colorScheme of ['light', 'dark']) {
  test(`the editor has no barriers in ${colorScheme} colours`, async () => {
    const grace = await story.person('Grace Hopper', { colorScheme })
    const other = await story.person('Mary Beard')
    await grace.open(document)
    await other.open(document)
    await other.goesTo('h1', 2)
    await grace.page.locator('h1 .caret').first().waitFor({ state: 'attached' })
    await grace.text.locator('.hljs-comment').waitFor()
    assert.deepEqual(await barriers(grace), [])
    await grace.text
      .locator('p')
      .first()
      .dblclick({ position: { x: 10, y: 10 } })
    await grace.page.getByRole('toolbar', { name: 'Selected text' }).waitFor()
    assert.deepEqual(await barriers(grace), [])
    await grace.types('{Control+/}')
    await grace.page.getByRole('dialog').waitFor()
    assert.deepEqual(await barriers(grace), [])
    grace.isContent()
    await other.leaves()
  })

  test(`a deleted document has no barriers in ${colorScheme} colours`, async () => {
    const name = story.fresh('barriers')
    const grace = await story.person('Grace Hopper', { colorScheme })
    await grace.open(name)
    await grace.text.click()
    await grace.types('Words')
    await grace.sees('saved')
    await fetch(`${grace.wire.url}/api/documents/${name}`, { method: 'DELETE' })
    await grace.hears('This document was deleted')
    assert.deepEqual(await barriers(grace), [])
    const late = await story.person('Late', { colorScheme })
    await late.page.goto(`${late.wire.url}/d/${name}`)
    await late.hears('This document was deleted')
    assert.deepEqual(await barriers(late), [])
    late.isContent(GONE)
  })

  test(`the list has no barriers in ${colorScheme} colours`, async () => {
    const grace = await story.person('Grace Hopper', { colorScheme })
    await grace.goHome()
    await grace.page.locator(`[data-document="${document}"]`).waitFor()
    assert.deepEqual(await barriers(grace), [])
    await grace.page.getByRole('button', { name: 'Other ways to begin' }).click()
    assert.deepEqual(await barriers(grace), [])
    await grace.page.getByRole('menuitem', { name: 'With a name' }).click()
    assert.deepEqual(await barriers(grace), [])
    grace.isContent()
  })
}

test('the policy of the page is strict', async () => {
  const response = await fetch((await story.person('Nobody')).wire.url)
  const policy = response.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.match(policy, /script-src 'self'(;|$)/)
  assert.doesNotMatch(policy, /unsafe-eval|script-src[^;]*unsafe-inline/)
})

test('a theme is chosen, and kept', async () => {
  const grace = await story.person('Grace', { colorScheme: 'light' })
  await grace.goHome()
  const ground = () => grace.page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await ground()
  await grace.page.getByRole('button', { name: 'Dark colours' }).click()
  const dark = await ground()
  assert.notEqual(dark, light)
  await grace.page.reload()
  await grace.page.getByRole('button', { name: 'Light colours' }).waitFor()
  assert.equal(await ground(), dark)
})

test('a phone has its toolbar at the bottom, and nothing sticks out', async () => {
  const phone = await story.person('Mary', {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  })
  await phone.open(document)
  const bar = await phone.page.getByRole('toolbar', { name: 'Formatting' }).boundingBox()
  assert.ok(bar.y + bar.height > 835, 'the toolbar ends at the bottom')
  const overflow = () => phone.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.ok((await overflow()) <= 0)
  await phone.goHome()
  await phone.page.locator('.rows:not(.skeletons) .row').first().waitFor()
  assert.ok((await overflow()) <= 0)
  phone.isContent()
})

test('the page stays within its budget before the first key', async () => {
  const ada = await story.person('Ada')
  const address = `${ada.wire.url}/d/${story.fresh('weight')}`
  const sums = await weightOf(ada.page, address, '.text[contenteditable=true] p')
  assert.ok(sums.js > 100_000 && sums.js <= 240_000, `${sums.js} bytes of JavaScript`)
  assert.ok(sums.css > 3_000 && sums.css <= 12_000, `${sums.css} bytes of CSS`)
})

test('a line runs as its words do, and the page asks no other host', async () => {
  const ada = await story.person('Ada')
  const hosts = new Set()
  ada.page.on('request', (request) => hosts.add(new URL(request.url()).host))
  await ada.open(story.fresh('direction'))
  await ada.text.click()
  await ada.types('שלום לכולם{Enter}Hello everybody')
  const sides = await ada.text.locator('p').evaluateAll((lines) =>
    lines.map((line) => {
      const range = document.createRange()
      range.selectNodeContents(line)
      const words = range.getBoundingClientRect()
      const box = line.getBoundingClientRect()
      return words.left - box.left < box.right - words.right ? 'left' : 'right'
    }),
  )
  assert.deepEqual(sides, ['right', 'left'])
  assert.deepEqual([...hosts], [new URL(ada.wire.url).host])
})

test('the page speaks the language of the browser, and the one that is chosen', async () => {
  const ada = await story.person('Ada', { locale: 'de-DE' })
  await ada.page.goto(ada.wire.url)
  await ada.page.getByRole('heading', { name: 'Dokumente', level: 1 }).waitFor()
  assert.equal(await ada.page.evaluate(() => document.documentElement.lang), 'de')
  await ada.page.evaluate(() => localStorage.setItem('cowrite:language', 'en'))
  await ada.page.reload()
  await ada.page.getByRole('heading', { name: 'Documents', level: 1 }).waitFor()
  ada.isContent()
})

test('opening a document does not change it', async () => {
  const name = story.fresh('unopened')
  const reader = await story.person('Reader')
  await reader.open(name)
  const answer = await fetch(`${reader.wire.url}/api/documents/${name}`)
  assert.equal(answer.status, 404)
})
