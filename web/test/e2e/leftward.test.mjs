// A page whose language runs to the left: everything stands mirrored, and works.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers } from './barriers.mjs'
import { Story } from './story.mjs'

let story
before(async () => {
  story = await Story.begin()
})
after(() => story.end())

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

const makes = async (name, content) => {
  const answer = await fetch(`http://127.0.0.1:${story.server.port}/api/documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, content, format: 'markdown' }),
  })
  assert.equal(answer.status, 201, await answer.clone().text())
}

const MIXED = `# שלום לכולם

- פריט ראשון

A line of English.

- an English point

| ראשון | שני |
| ----- | --: |
| א     | ב   |

> ציטוט
`

/** The middle of something, as a part of the width of the page. */
const across = async (person, place) => {
  const box = await place.boundingBox()
  return (box.x + box.width / 2) / person.page.viewportSize().width
}

for (const [where, options] of [
  ['a desk', {}],
  ['a phone', PHONE],
])
  test(`in Hebrew the list and a document are mirrored, without barriers, on ${where}`, async () => {
    const name = story.fresh('ivrit')
    await makes(name, MIXED)
    const dana = await story.person('דנה', { locale: 'he-IL', ...options })
    await dana.page.goto(dana.wire.url)
    await dana.page.getByRole('heading', { name: 'מסמכים', level: 1 }).waitFor()
    assert.deepEqual(
      await dana.page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]),
      ['he', 'rtl'],
    )
    const row = dana.page.locator(`[data-document="${name}"]`)
    await row.waitFor()
    assert.ok((await across(dana, dana.page.locator('.brand'))) > 0.6, 'the name stands at the right')
    assert.ok((await across(dana, row.locator('.row-menu'))) < 0.4, 'the menu of a row stands at the left')
    assert.deepEqual(await barriers(dana), [])
    await row.locator('.row-menu').click()
    await dana.page.getByRole('menuitem', { name: 'העתקת הכתובת' }).waitFor()
    assert.deepEqual(await barriers(dana), [])

    await dana.open(name)
    await dana.text.getByText('פריט ראשון').waitFor()
    assert.ok((await across(dana, dana.page.locator('.home-link'))) > 0.6)
    assert.ok((await across(dana, dana.page.locator('.document-menu'))) < 0.4)
    const sticksOut = () => dana.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok((await sticksOut()) <= 0)
    assert.deepEqual(await barriers(dana), [])
    await dana.page.locator('.document-menu').click()
    await dana.page.getByRole('menuitem', { name: 'תצוגה' }).click()
    await dana.page.getByRole('dialog', { name: 'תצוגה' }).waitFor()
    assert.deepEqual(await barriers(dana), [])
    dana.isContent()
  })

// Lines ran as their words do, but the lists, quotes and tables they are in ran as the page did: the
// marker of a Hebrew list stood at the left of an English page, far from its words.
test('lists, quotes and tables run as their words do, on every page', async () => {
  const name = story.fresh('mixed')
  await makes(name, MIXED)
  const directions = (person) =>
    person.text.evaluate((root) =>
      [...root.querySelectorAll('li, table, blockquote')].map((block) => getComputedStyle(block).direction),
    )
  for (const locale of ['en-GB', 'he-IL']) {
    const person = await story.person('Ada', { locale })
    await person.open(name)
    await person.text.getByText('ציטוט').waitFor()
    assert.deepEqual(await directions(person), ['rtl', 'ltr', 'rtl', 'rtl'], locale)
    await person.leaves()
  }
})

// A column that Markdown aligns was drawn as if it were not; and in a table that runs to the left, what
// puts a column at the left put it at the right.
test('a table that runs to the left: columns go where their words say', async () => {
  const name = story.fresh('columns')
  await makes(name, MIXED)
  const ada = await story.person('Ada')
  await ada.open(name)
  const cells = () => ada.text.locator('tr').first().locator('th').allInnerTexts()
  assert.equal(
    await ada.text
      .locator('th')
      .nth(1)
      .locator('p')
      .evaluate((line) => getComputedStyle(line).textAlign),
    'right',
  )
  await ada.text.getByText('שני', { exact: true }).click()
  await ada.page.getByRole('button', { name: 'Insert column left' }).click()
  await ada.until('a column behind the last', async () => {
    const now = (await cells()).map((words) => words.trim())
    return now.join() === 'ראשון,שני,' || now
  })
  const box = (at) => ada.text.locator('tr').first().locator('th').nth(at).boundingBox()
  assert.ok((await box(2)).x < (await box(1)).x)
  ada.isContent()
})

// "12 000" in a line of English was "000 12" in its comment, and a long name lost its beginning.
test('what is quoted runs as its words do, in a page that runs to the left', async () => {
  const name = story.fresh('quoted')
  await makes(name, 'It costs 12 000 and no more.\n')
  const answer = await fetch(`http://127.0.0.1:${story.server.port}/api/documents/${name}/comments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'So much?', find: '12 000' }),
  })
  assert.equal(answer.status, 201, await answer.clone().text())
  const dana = await story.person('דנה', { locale: 'he-IL' })
  await dana.open(name)
  await dana.page.getByRole('button', { name: 'הערות' }).first().click()
  const quote = dana.page.locator('.card-words q')
  await quote.waitFor()
  const [first, last] = await quote.evaluate((element) => {
    const words = element.firstChild
    const at = (from) => {
      const range = document.createRange()
      range.setStart(words, from)
      range.setEnd(words, from + 1)
      return range.getBoundingClientRect().left
    }
    return [at(0), at(words.length - 1)]
  })
  assert.ok(first < last, `${first} < ${last}`)
  dana.isContent()
})
