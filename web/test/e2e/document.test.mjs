// What is done with a document as a whole from its own page: it is deleted and comes back, and another one
// is made of it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers } from './barriers.mjs'
import { pastesFiles, png } from './pictures.mjs'
import { GONE, Story } from './story.mjs'

let story
before(async () => {
  story = await Story.begin()
})
after(async () => {
  await story.end()
})

const look = async (person, name) => {
  if (process.env.LOOK) await person.page.screenshot({ path: `${process.env.LOOK}/${name}.png` })
}

const exports = (person) => person.page.getByRole('button', { name: 'Download the document' })
const menu = (person) => person.page.getByRole('button', { name: 'More', exact: true })
const chooses = async (person, name) => {
  await menu(person).click()
  await person.page.getByRole('menuitem', { name }).click()
}

const palette = (person) => person.page.getByRole('dialog', { name: 'Commands and documents' })
const takes = async (person, words, name) => {
  await person.types('{Control+k}')
  await palette(person).waitFor()
  await person.types(words)
  await palette(person).getByRole('option', { name, selected: true }).waitFor()
  await person.types('{Enter}')
}

const resource = (person, name) => `${person.wire.url}/api/documents/${encodeURIComponent(name)}`
const contentOf = async (person, name) =>
  (await fetch(`${resource(person, name)}/content?format=json&root=content`)).json()

// The menu of a document could not delete it, and its page offered downloads of a deleted one, which failed.
test('a document is deleted from its page, which stays, offers what works, and takes it back', async () => {
  const name = story.fresh('team/away')
  const ada = await story.person('Ada')
  await ada.open(name)
  await ada.text.click()
  await ada.types('Words of two people')
  await ada.sees('saved')
  await exports(ada).waitFor()
  await chooses(ada, 'Delete this document…')
  const dialog = ada.page.getByRole('dialog', { name: 'Delete document' })
  await dialog.getByText('Delete “Words of two people”?').waitFor()
  assert.equal(await dialog.getByText('here now').count(), 0)
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await ada.text.click()
  await ada.types('{End}, still')
  await ada.sees('saved')
  await takes(ada, 'delete this', /Delete this document/)
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await ada.hears('“Words of two people, still” was deleted.')
  await ada.page.getByRole('button', { name: 'Undo', exact: true }).last().click()
  await ada.sees('saved')
  await ada.reads(['p: Words of two people, still'])

  const grace = await story.person('Grace')
  await grace.open(name)
  await ada.page.getByRole('button', { name: /Grace/ }).first().waitFor()
  await chooses(ada, 'Delete this document…')
  await dialog.getByText('1 person here now.').waitFor()
  assert.deepEqual(await barriers(ada), [])
  await look(ada, 'delete-here')
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  for (const person of [ada, grace]) {
    await person.hears('It was deleted while it was open here.')
    await person.reads(['p: Words of two people, still'])
    await person.page.getByRole('button', { name: 'Download the text' }).waitFor()
    assert.equal(await exports(person).count(), 0)
    await menu(person).click()
    await person.page.getByRole('menuitem', { name: 'Appearance' }).waitFor()
    assert.equal(await person.page.getByRole('menuitem', { name: /^(Download|Delete|Duplicate)/ }).count(), 0)
    await person.types('{Escape}')
  }
  await look(ada, 'deleted-here')
  await ada.page.getByRole('button', { name: 'Restore' }).click()
  await ada.sees('saved')
  await ada.reads(['p: Words of two people, still'])
  ada.isContent(GONE)
  grace.isContent(GONE)
})

test('a duplicate is whole, also when the first is gone', async () => {
  const name = story.fresh('team/first')
  const ada = await story.person('Ada')
  await ada.open(name)
  await ada.page.getByRole('textbox', { name: 'Title' }).fill('Harbour')
  await ada.text.click()
  await ada.types('Some **bold** words{Enter}- one{Enter}two{Enter}{Enter}')
  // A document that is not known to be there is made for its picture; that it is there is no failure then.
  await ada.sees('saved')
  await pastesFiles(ada, { name: 'chart.png', bytes: png(40, 30) })
  await ada.text.locator('figure.picture img').waitFor()
  await ada.sees('saved')
  const spoken = await fetch(`${resource(ada, name)}/comments`, {
    method: 'POST',
    body: JSON.stringify({ find: 'Some', text: 'How many?', by: 'Grace' }),
    headers: { 'content-type': 'application/json' },
  })
  assert.ok(spoken.ok, await spoken.clone().text())
  await ada.text.locator('.comment').waitFor()
  await ada.sees('saved')

  await chooses(ada, 'Duplicate this document')
  await ada.hears('“Harbour (copy)” was made.')
  await look(ada, 'duplicated')
  await ada.page.getByRole('button', { name: 'Open it' }).click()
  await ada.page.waitForURL((url) => !url.pathname.endsWith(name))
  await ada.sees('saved')
  assert.equal(await ada.page.getByRole('textbox', { name: 'Title' }).inputValue(), 'Harbour (copy)')
  const copy = decodeURIComponent(new URL(ada.page.url()).pathname.slice('/d/'.length))

  // All of it is the same, but for the comment, and where the picture is kept.
  const [first, second] = [await contentOf(ada, name), await contentOf(ada, copy)]
  const plain = (content) =>
    JSON.parse(JSON.stringify(content), (key, value) => {
      if (key === 'src') return 'a picture'
      if (key !== 'content' || !Array.isArray(value)) return value
      // Words that a comment parted are one again.
      const joined = []
      for (const { marks: all = [], ...node } of value) {
        const marks = all.filter(({ type }) => type !== 'comment')
        const last = joined.at(-1)
        if (
          node.text !== undefined &&
          last?.text !== undefined &&
          JSON.stringify(last.marks) === JSON.stringify(marks)
        )
          last.text += node.text
        else joined.push({ ...node, marks })
      }
      return joined
    })
  assert.match(JSON.stringify(first), /comment/)
  assert.doesNotMatch(JSON.stringify(second), /comment/)
  assert.deepEqual(plain(second), plain(first))

  assert.ok((await fetch(resource(ada, name), { method: 'DELETE' })).ok)
  await ada.page.reload()
  const picture = ada.text.locator('figure.picture img')
  await picture.waitFor()
  const address = await picture.getAttribute('src')
  assert.ok(address.includes(encodeURIComponent(copy)), address)
  await ada.until('the picture to be drawn', () =>
    picture.evaluate((image) => image.complete && image.naturalWidth === 40),
  )
  const { files } = await (await fetch(`${resource(ada, copy)}/files`)).json()
  assert.deepEqual(
    files.map((file) => file.name),
    ['chart.png'],
  )
  ada.isContent()
})

test('the palette highlights, takes back, opens emoji, begins a document, and leads to the trash', async () => {
  const ada = await story.person('Ada')
  const name = story.fresh('palette')
  await ada.open(name)
  await ada.startsOver('bright')
  await ada.types('{Shift+Home}')
  await ada.types('{Control+Shift+p}')
  await palette(ada).waitFor()
  await ada.types('highl')
  await palette(ada)
    .getByRole('option', { name: /^Highlight/, selected: true })
    .waitFor()
  await ada.types('{Enter}')
  await ada.text.locator('mark').getByText('bright').waitFor()
  await ada.types('{End}')
  await takes(ada, 'undo', /^Undo/)
  await ada.text.locator('mark').waitFor({ state: 'detached' })
  await takes(ada, 'redo', /^Redo/)
  await ada.text.locator('mark').waitFor()
  await ada.types('{Control+End} ')
  await takes(ada, 'emoji', /^Emoji/)
  await ada.page.getByRole('listbox', { name: 'Emoji' }).waitFor()
  await ada.types('{Escape}')
  await ada.sees('saved')
  await takes(ada, 'new docu', 'New document')
  await ada.page.waitForURL((url) => !url.pathname.endsWith(name))
  await ada.text.waitFor()
  await takes(ada, 'trash', 'Trash')
  await ada.page.locator('a[aria-current=page]').getByText('Trash').waitFor()
  ada.isContent()
})
