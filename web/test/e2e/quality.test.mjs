// What holds for every page: WCAG 2.2 AA, the strict policy, both themes, phones.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { Story } from './story.mjs'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

let story, document
before(async () => {
  story = await Story.begin()
  document = story.fresh('quality')
  const ada = await story.person('Ada Lovelace')
  await ada.open(document)
  await ada.page.getByRole('textbox', { name: 'Title' }).fill('Everything at once')
  await ada.types(
    '{Enter}# Title{Enter}Text with **bold**, `code`, ==seen== and [a link](https://example.org) .{Enter}## Lists{Enter}- point{Enter}{Enter}[ ] task{Enter}{Enter}> said{Enter}{Enter}```rust // note{Enter}fn main() {{} let x = "s" + 1;{ArrowDown}',
  )
  await ada.sees('saved')
})
after(() => story.end())

async function violations(person) {
  // Straight into the engine: the page's policy forbids script elements, and should.
  await person.page.evaluate(axe)
  const result = await person.page.evaluate(
    (values) => window.axe.run({ runOnly: { type: 'tag', values } }),
    TAGS,
  )
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
}

for (const colorScheme of ['light', 'dark']) {
  test(`the editor has no barriers in ${colorScheme} colours`, async () => {
    const grace = await story.person('Grace Hopper', { colorScheme })
    const other = await story.person('Mary Beard')
    await grace.open(document)
    await other.open(document)
    await other.goesTo('h1', 2)
    await grace.page.locator('h1 .caret').first().waitFor({ state: 'attached' })
    await grace.text.locator('.hljs-comment').waitFor()
    assert.deepEqual(await violations(grace), [])
    await grace.text
      .locator('p')
      .first()
      .dblclick({ position: { x: 10, y: 10 } })
    await grace.page.getByRole('toolbar', { name: 'Selected text' }).waitFor()
    assert.deepEqual(await violations(grace), [])
    await grace.types('{Control+/}')
    await grace.page.getByRole('dialog').waitFor()
    assert.deepEqual(await violations(grace), [])
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
    assert.deepEqual(await violations(grace), [])
    const late = await story.person('Late', { colorScheme })
    await late.page.goto(`${late.wire.url}/d/${name}`)
    await late.hears('This document was deleted')
    assert.deepEqual(await violations(late), [])
    late.isContent()
  })

  test(`the list has no barriers in ${colorScheme} colours`, async () => {
    const grace = await story.person('Grace Hopper', { colorScheme })
    await grace.goHome()
    await grace.page.locator(`[data-document="${document}"]`).waitFor()
    assert.deepEqual(await violations(grace), [])
    await grace.page.getByRole('button', { name: 'New with a name' }).click()
    assert.deepEqual(await violations(grace), [])
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
  await phone.page.locator('.row').first().waitFor()
  assert.ok((await overflow()) <= 0)
  phone.isContent()
})

test('opening a document does not change it', async () => {
  const name = story.fresh('unopened')
  const reader = await story.person('Reader')
  await reader.open(name)
  const answer = await fetch(`${reader.wire.url}/api/documents/${name}`)
  assert.equal(answer.status, 404)
})
