// Another title for a document, given in the list.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers } from './barriers.mjs'
import { Story } from './story.mjs'

let story
before(async () => {
  story = await Story.begin()
})
after(() => story.end())

const rowOf = (person, name) => person.page.locator(`[data-document="${name}"]`)

/** By keyboard: the menu of the row, its entry, and the caret in the field. */
const renames = async (person, name) => {
  await rowOf(person, name)
    .getByRole('button', { name: /^More about/ })
    .focus()
  await person.types('{Enter}')
  const entry = person.page.getByRole('menuitem', { name: 'Rename…' })
  await entry.waitFor()
  await entry.focus()
  await person.types('{Enter}')
  const field = person.page.getByRole('textbox', { name: 'Title' })
  await person.until('the caret in the field', () =>
    field.evaluate((element) => element === document.activeElement),
  )
}

// A title could be changed only where the document is open.
test('a document gets another title in the list, and who has it open sees it', async () => {
  const name = story.fresh('rename')
  const [ada, grace] = [await story.person('Ada'), await story.person('Grace')]
  await grace.open(name)
  const title = grace.page.getByRole('textbox', { name: 'Title' })
  await title.fill('Plan A')
  await grace.types('{Enter}Words')
  await grace.sees('saved')
  await ada.goHome()
  await rowOf(ada, name).getByRole('link', { name: 'Plan A' }).waitFor()
  await renames(ada, name)
  assert.deepEqual(await barriers(ada), [])
  // What was there is selected: one types over it.
  await ada.types('Plan B{Enter}')
  await rowOf(ada, name).getByRole('link', { name: 'Plan B' }).waitFor()
  await ada.hears('Renamed to “Plan B”.')
  await grace.until('the new title', async () => (await title.inputValue()) === 'Plan B')
  // The focus is where it was.
  await ada.until('the focus on the menu of the row', () =>
    rowOf(ada, name)
      .getByRole('button', { name: 'More about Plan B' })
      .evaluate((button) => button === document.activeElement),
  )

  await renames(ada, name)
  await ada.types('Never mind{Escape}')
  await ada.page.getByRole('dialog').waitFor({ state: 'detached' })
  await rowOf(ada, name).getByRole('link', { name: 'Plan B' }).waitFor()

  // Without a title it goes by its first words.
  await renames(ada, name)
  await ada.types('{Delete}{Enter}')
  await rowOf(ada, name).getByRole('link', { name: 'Words' }).waitFor()
  ada.isContent()
  grace.isContent()
})
