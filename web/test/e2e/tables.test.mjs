// Two people in one table.
import { after, before, test } from 'node:test'
import { Story } from './story.mjs'

let story, ada, bob
before(async () => {
  story = await Story.begin()
  ada = await story.person('Ada')
  bob = await story.person('Bob')
})
after(() => story.end())

const rows = (who) =>
  who.text.locator('tr').evaluateAll((all) =>
    all.map((row) =>
      [...row.children]
        .map((cell) => {
          const copy = cell.cloneNode(true)
          for (const caret of copy.querySelectorAll('.caret')) caret.remove()
          return copy.textContent.replaceAll('\u2060', '')
        })
        .join('|'),
    ),
  )

const hasRows = (who, expected) =>
  who.until(`the rows ${expected}`, async () => {
    const now = await rows(who)
    return JSON.stringify(now) === JSON.stringify(expected) || now
  })

const WHOLE = ['a|b', '1|2', '3|4', '5|6']

/** Both are in a document of their own with this table. */
async function bothAtTable() {
  const document = story.fresh('tables')
  await ada.open(document)
  await ada.startsOver('/table')
  await ada.page.getByRole('option', { name: /Table/ }).waitFor()
  await ada.types('{Enter}')
  await ada.text.locator('table').waitFor()
  await ada.types('a{Tab}b{Tab}{Tab}1{Tab}2{Tab}{Tab}3{Tab}4{Tab}{Tab}5{Tab}6{Shift+Tab}{ArrowUp}')
  await ada.text.locator('td', { hasText: '3' }).click()
  await ada.text.locator('th').nth(2).click()
  await choosesIn(ada, 'Delete column')
  await hasRows(ada, WHOLE)
  await ada.sees('saved')
  await bob.open(document)
  await hasRows(bob, WHOLE)
}

const openMenu = (who) => who.page.getByRole('button', { name: 'Delete from the table' }).click()

const item = (who, name) => who.page.getByRole('menuitem', { name, exact: true })

async function choosesIn(who, name) {
  await openMenu(who)
  await item(who, name).click()
}

// A menu that was open for a row did what was chosen with the row that had moved up into its place.
for (const what of ['Delete row', 'Delete column', 'Delete table'])
  test(`"${what}" in a menu whose row is gone meanwhile does nothing, and says so`, async () => {
    await bothAtTable()
    for (const who of [ada, bob]) {
      await who.text.locator('td', { hasText: '3' }).click()
      await openMenu(who)
      await item(who, what).waitFor()
    }
    await item(ada, 'Delete row').click()
    const left = ['a|b', '1|2', '5|6']
    await hasRows(bob, left)
    await item(bob, what).click()
    await bob.hears('Somebody changed this table meanwhile. Please try again.')
    for (const who of [ada, bob]) await hasRows(who, left)
  })

test('a menu does what is chosen with the row that it was opened for, wherever that is now', async () => {
  await bothAtTable()
  await bob.text.locator('td', { hasText: '3' }).click()
  await openMenu(bob)
  await item(bob, 'Delete row').waitFor()
  await ada.text.locator('td', { hasText: '1' }).click()
  await choosesIn(ada, 'Delete row')
  await hasRows(bob, ['a|b', '3|4', '5|6'])
  await item(bob, 'Delete row').click()
  for (const who of [ada, bob]) await hasRows(who, ['a|b', '5|6'])
})

// Both pages put cells into the row that lacked one, and each into what the other had put there.
test('a column and a row that are made apart make a whole table, and it grows no more', async () => {
  await bothAtTable()
  ada.wire.cut()
  await ada.sees('offline')
  await ada.text.locator('td', { hasText: '1' }).click()
  await ada.page.getByRole('button', { name: 'Insert column right' }).click()
  await hasRows(ada, ['a||b', '1||2', '3||4', '5||6'])
  await bob.text.locator('td', { hasText: '1' }).click()
  await bob.page.getByRole('button', { name: 'Insert row below' }).click()
  await hasRows(bob, ['a|b', '1|2', '|', '3|4', '5|6'])
  ada.wire.mend()
  await ada.sees('saved')
  const merged = ['a||b', '1||2', '|', '3||4', '5||6']
  for (const who of [ada, bob]) await hasRows(who, merged)
  await bob.text.locator('td', { hasText: '3' }).click()
  await bob.types('{End}')
  await ada.text.locator('td', { hasText: '5' }).click()
  await ada.types('{End}')
  // Each of these letters makes whole what its page sees.
  const letters = (who) => who.keyboard.type('vwxyz', { delay: 30 })
  await Promise.all([letters(ada), letters(bob)])
  for (const who of [ada, bob]) await who.sees('saved')
  await ada.types('!')
  const ends = ['a||b', '1||2', '||', '3vwxyz||4', '5vwxyz!||6']
  for (const who of [ada, bob]) await hasRows(who, ends)
})
