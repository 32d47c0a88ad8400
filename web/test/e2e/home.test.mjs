// The list of documents.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BROKEN_LINE, Story } from './story.mjs'

let story, ada
before(async () => {
  story = await Story.begin()
  ada = await story.person('Ada')
})
after(() => story.end())

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

const rowOf = (person, name) => person.page.locator(`[data-document="${name}"]`)

test('a document is made with one click, and named by its title', async () => {
  await ada.goHome()
  await ada.page.getByRole('button', { name: 'New document' }).click()
  await ada.text.waitFor()
  const name = decodeURIComponent(new URL(ada.page.url()).pathname.slice('/d/'.length))
  assert.match(name, /\w/)
  await ada.page.getByRole('textbox', { name: 'Title' }).fill('Minutes of May')
  await ada.types('{Enter}We met.')
  await ada.sees('saved')
  await ada.goHome()
  const row = rowOf(ada, name)
  await row.getByRole('link', { name: 'Minutes of May' }).waitFor()
  await row.getByText('just now').waitFor()
  await row.getByRole('link').click()
  await ada.reads(['p: We met.'])
})

// A new document did not take the caret: the first words went nowhere until one clicked into it.
test('a new document takes the caret, and one types at once', async () => {
  const before = async (person) => {
    await person.goHome()
    await person.page.getByRole('button', { name: 'New document' }).click()
    await person.text.waitFor()
    await person.until('the caret', () => person.page.locator('.text:focus').count().then(Boolean))
  }
  const writer = await story.person('Writer')
  await before(writer)
  await writer.types('First words')
  await writer.reads(['p: First words'])
  // Text that is there is for reading first.
  await writer.sees('saved')
  await writer.page.reload()
  await writer.reads(['p: First words'])
  assert.equal(await writer.page.locator('.text:focus').count(), 0)

  const phone = await story.person('Phone', PHONE)
  await before(phone)
  // An address that was merely opened does not bring up a phone's keyboard.
  await phone.open(story.fresh('visited'))
  assert.equal(await phone.page.locator('.text:focus').count(), 0)
  await writer.open(story.fresh('visited'))
  assert.equal(await writer.page.locator('.text:focus').count(), 1)
  writer.isContent()
  phone.isContent()
})

// A list of new documents was a list of "Untitled".
test('documents without a title are told apart by their names', async () => {
  const names = [story.fresh('nameless/one'), story.fresh('nameless/two')]
  for (const name of names) {
    await ada.open(name)
    assert.equal(await ada.page.title(), `${name} · cowrite`)
    await ada.text.click()
    await ada.types('x')
    await ada.sees('saved')
  }
  await ada.goHome()
  for (const name of names) {
    await rowOf(ada, name).getByRole('link', { name, exact: true }).waitFor()
    await rowOf(ada, name).getByText('Untitled').waitFor()
    await rowOf(ada, name)
      .getByRole('button', { name: `Delete ${name}` })
      .waitFor()
  }
})

test('a document is made under a name of one’s own, once', async () => {
  const name = story.fresh('team/own name')
  await ada.goHome()
  await ada.page.getByRole('button', { name: 'New with a name' }).click()
  await ada.page.getByRole('textbox', { name: 'Name' }).fill(name)
  await ada.types('{Enter}')
  await ada.text.waitFor()
  assert.equal(decodeURIComponent(new URL(ada.page.url()).pathname), `/d/${name}`)
  await ada.sees('saved')
  await ada.goHome()
  await ada.page.getByRole('button', { name: 'New with a name' }).click()
  await ada.page.getByRole('textbox', { name: 'Name' }).fill(name)
  await ada.types('{Enter}')
  await ada.hears('A document with this name exists already')
})

test('documents are found as one types', async () => {
  const name = story.fresh('needle')
  await ada.open(name)
  await ada.text.click()
  await ada.types('x')
  await ada.sees('saved')
  await ada.goHome()
  const search = ada.page.getByRole('searchbox')
  await search.fill(name.toUpperCase())
  await ada.until('one row', async () => {
    const rows = await ada.page.locator('.rows .row').count()
    return (rows === 1 && (await rowOf(ada, name).count()) === 1) || rows
  })
  await search.fill('nothing of this kind')
  await ada.hears('Nothing found for “nothing of this kind”')
  await search.fill('')
  await rowOf(ada, name).waitFor()
})

test('a deleted document comes back by undo, with its words', async () => {
  const name = story.fresh('deleted')
  await ada.open(name)
  await ada.text.click()
  await ada.types('Do not lose me')
  await ada.sees('saved')
  await ada.goHome()
  await rowOf(ada, name)
    .getByRole('button', { name: /^Delete/ })
    .click()
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await rowOf(ada, name)
    .getByRole('button', { name: /^Delete/ })
    .click()
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await rowOf(ada, name).waitFor({ state: 'detached' })
  await ada.page.getByRole('button', { name: 'Undo' }).click()
  await rowOf(ada, name).waitFor()
  await rowOf(ada, name).getByRole('link').click()
  await ada.reads(['p: Do not lose me'])
})

// The raw answer of the server ("the document was deleted") stood under the name, with no way on.
test('the name of a deleted document gives the choice to have it back', async () => {
  const grace = await story.person('Grace')
  const name = story.fresh('team/taken name')
  await grace.open(name)
  await grace.text.click()
  await grace.types('Still here')
  await grace.sees('saved')
  await grace.goHome()
  await rowOf(grace, name)
    .getByRole('button', { name: /^Delete/ })
    .click()
  const dialog = grace.page.getByRole('dialog')
  // That it can be undone is said before it is done, and where.
  await dialog.getByText(`restore the document later at its address, /d/${name}`).waitFor()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await rowOf(grace, name).waitFor({ state: 'detached' })

  await grace.page.getByRole('button', { name: 'New with a name' }).click()
  await grace.page.getByRole('textbox', { name: 'Name' }).fill(name)
  await grace.types('{Enter}')
  await grace.hears('A document of this name was deleted. Restore it, or choose another name.')
  await dialog.getByRole('button', { name: 'Restore it' }).click()
  await grace.reads(['p: Still here'])
  grace.isContent(/410/)
})

// On a phone the field said "Search document".
test('what can be searched is said in full on every phone', async () => {
  // Where there is nothing, there is nothing to search.
  await ada.open(story.fresh())
  await ada.text.click()
  await ada.types('x')
  await ada.sees('saved')
  for (const width of [430, 390, 360, 320]) {
    const phone = await story.person('Phone', { ...PHONE, viewport: { width, height: 800 } })
    await phone.goHome()
    await phone.page.locator('.row').first().waitFor()
    const [wanted, given] = await phone.page.getByRole('searchbox').evaluate((field) => {
      const style = getComputedStyle(field)
      const pen = document.createElement('canvas').getContext('2d')
      pen.font = style.font
      const padding = Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight)
      return [pen.measureText(field.placeholder).width + 20, field.clientWidth - padding]
    })
    assert.ok(wanted <= given, `words and a cross of ${wanted} pixels in ${given} at ${width}`)
    const overflow = await phone.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(overflow <= 0)
    await phone.leaves()
  }
})

test('the list says who is where', async () => {
  const name = story.fresh('meeting')
  const grace = await story.person('Grace')
  await grace.open(name)
  await grace.text.click()
  await grace.types('here')
  await grace.sees('saved')
  await ada.goHome()
  await rowOf(ada, name).getByText('1 person here now').waitFor()
})

test('a server that cannot be reached is not an empty list', async () => {
  const lost = await story.person('Lost')
  await lost.goHome()
  // Not the skeletons that stand there while the list is on its way.
  await lost.page.locator('.rows .row a').first().waitFor()
  const rows = await lost.page.locator('.rows .row').count()
  lost.wire.cut()
  await lost.page.getByLabel('Sort by').selectOption('name')
  await lost.hears('The documents cannot be shown')
  assert.equal(await lost.page.locator('.rows .row').count(), rows)
  lost.wire.mend()
  await lost.page.getByRole('button', { name: 'Try again' }).click()
  await lost.page.getByRole('alert').waitFor({ state: 'detached' })
  lost.isContent(BROKEN_LINE)
  ada.isContent(/409/)
})
