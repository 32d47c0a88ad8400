// What one takes hold of in the text: blocks and items, rows and columns, headings, links.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers } from './barriers.mjs'
import { pastesFiles, png } from './pictures.mjs'
import { Story } from './story.mjs'

let story, ada, document
before(async () => {
  story = await Story.begin()
  ada = await story.person('Ada')
  document = story.fresh('handles')
  await ada.open(document)
})
after(async () => {
  ada.isContent()
  await story.end()
})

const grip = () => ada.page.getByRole('button', { name: 'Drag to move, press for more' })

/** Points at a block, so that its handle appears. */
async function pointsAt(block) {
  const box = await block.boundingBox()
  await ada.page.mouse.move(box.x + 30, box.y + Math.min(14, box.height / 2))
  await ada.page.mouse.move(box.x + 34, box.y + Math.min(14, box.height / 2))
  await ada.page.locator('.piece-handle[data-shown=true]').waitFor()
}

/** Drags the block at its handle to a height on the page. */
async function drags(block, y) {
  await pointsAt(block)
  const box = await grip().boundingBox()
  await ada.page.mouse.move(box.x + 10, box.y + 10)
  await ada.page.mouse.down()
  await ada.page.mouse.move(box.x + 10, box.y + 30, { steps: 3 })
  await ada.page.mouse.move(box.x + 10, y, { steps: 5 })
  await ada.page.locator('.landing').waitFor()
  await ada.page.mouse.up()
}

test('a block is moved by its handle, and comes back with undo', async () => {
  await ada.startsOver('one{Enter}two{Enter}three')
  const first = await ada.text.locator('p').first().boundingBox()
  await drags(ada.text.locator('p').nth(2), first.y + 2)
  await ada.reads(['p: three', 'p: one', 'p: two'])
  await ada.types('{Control+z}')
  await ada.reads(['p: one', 'p: two', 'p: three'])
})

test('Escape lets a dragged block be where it was', async () => {
  await ada.startsOver('one{Enter}two')
  await pointsAt(ada.text.locator('p').nth(1))
  const box = await grip().boundingBox()
  await ada.page.mouse.move(box.x + 10, box.y + 10)
  await ada.page.mouse.down()
  await ada.page.mouse.move(box.x + 10, box.y - 30, { steps: 4 })
  await ada.page.locator('.landing').waitFor()
  await ada.types('{Escape}')
  await ada.page.locator('.landing').waitFor({ state: 'detached' })
  await ada.page.mouse.up()
  await ada.reads(['p: one', 'p: two'])
})

test('an item is moved inside its list, and out of it', async () => {
  await ada.startsOver('- a{Enter}b{Enter}c{Enter}{Enter}end')
  const top = await ada.text.locator('li').first().boundingBox()
  await drags(ada.text.locator('li').nth(2), top.y + 2)
  await ada.reads(['ul li p: c', 'ul li p: a', 'ul li p: b', 'p: end'])
  const end = await ada.text.locator('p', { hasText: 'end' }).boundingBox()
  await drags(ada.text.locator('li').nth(1), end.y + end.height - 2)
  await ada.reads(['ul li p: c', 'ul li p: b', 'p: end', 'ul li p: a'])
})

test('the menu of a block turns, copies and deletes it', async () => {
  await ada.startsOver('one{Enter}two')
  const opens = async (block) => {
    await pointsAt(block)
    await grip().click()
    await ada.page.getByRole('menu', { name: 'Drag to move, press for more' }).waitFor()
  }
  await opens(ada.text.locator('p').first())
  await ada.page.getByRole('menuitem', { name: 'Heading 2' }).click()
  await ada.reads(['h2: one', 'p: two'])
  await opens(ada.text.locator('h2'))
  await ada.page.getByRole('menuitem', { name: 'Bulleted list' }).click()
  await ada.reads(['ul li p: one', 'p: two'])
  await opens(ada.text.locator('li'))
  await ada.page.getByRole('menuitem', { name: 'Code block' }).click()
  await ada.reads(['pre: one', 'p: two'])
  await opens(ada.text.locator('.code-block'))
  await ada.page.getByRole('menuitem', { name: 'Quote' }).click()
  await ada.reads(['blockquote p: one', 'p: two'])
  await opens(ada.text.locator('blockquote'))
  await ada.page.getByRole('menuitem', { name: 'Duplicate' }).click()
  await ada.reads(['blockquote p: one', 'blockquote p: one', 'p: two'])
  await opens(ada.text.locator('blockquote').nth(1))
  await ada.page.getByRole('menuitem', { name: 'Delete' }).click()
  await ada.reads(['blockquote p: one', 'p: two'])
})

test('by keyboard a block moves, and opens its menu', async () => {
  await ada.startsOver('one{Enter}two{Enter}three')
  await ada.types('{Alt+Shift+ArrowUp}{Alt+Shift+ArrowUp}!')
  await ada.reads(['p: three!', 'p: one', 'p: two'])
  await ada.types('{Alt+Shift+ArrowDown}')
  await ada.reads(['p: one', 'p: three!', 'p: two'])
  await ada.types('{Alt+Enter}')
  await ada.page.getByRole('menuitem', { name: 'Duplicate' }).waitFor()
  await ada.types('{Escape}?')
  await ada.reads(['p: one', 'p: three!?', 'p: two'])
  await ada.types('{Alt+Enter}{ArrowDown}{Enter}')
  await ada.reads(['p: three!?', 'p: one', 'p: two'])
})

test('the plus makes a line below, with the menu of blocks', async () => {
  await ada.startsOver('one{Enter}two')
  await pointsAt(ada.text.locator('p').first())
  await ada.page.getByRole('button', { name: 'Write below' }).click()
  await ada.page.getByRole('option', { name: /Quote/ }).waitFor()
  await ada.types('quo{Enter}said')
  await ada.reads(['p: one', 'blockquote p: said', 'p: two'])
})

test('a block is taken where it is, however much others write above it', async () => {
  await ada.startsOver('one{Enter}two{Enter}three')
  await ada.sees('saved')
  const grace = await story.person('Grace')
  await grace.open(document)
  await pointsAt(ada.text.locator('p').nth(1))
  await grip().click()
  await grace.goesTo('p', 0)
  await grace.types('{End} and much more{Enter}new{Enter}newer')
  await ada.text.getByText('newer').waitFor()
  await ada.page.getByRole('menuitem', { name: 'Delete' }).click()
  await ada.reads(['p: one and much more', 'p: new', 'p: newer', 'p: three'])
  await grace.reads(['p: one and much more', 'p: new', 'p: newer', 'p: three'])
  grace.isContent()
  await grace.leaves()
})

test('the handle is put away while somebody types', async () => {
  await ada.startsOver('one{Enter}two')
  await pointsAt(ada.text.locator('p').first())
  await ada.types('x')
  await ada.page.locator('.piece-handle[data-shown=false]').waitFor({ state: 'attached' })
})

/** A table of three by three with these words, cell by cell. */
async function writesTable(...cells) {
  await ada.startsOver('/table')
  await ada.page.getByRole('option', { name: /Table/ }).waitFor()
  await ada.types('{Enter}')
  await ada.text.locator('table').waitFor()
  for (const [index, cell] of cells.entries()) await ada.types(index === 0 ? cell : `{Tab}${cell}`)
}

const rows = () =>
  ada.text
    .locator('tr')
    .evaluateAll((found) => found.map((row) => [...row.children].map((cell) => cell.textContent).join('|')))

const showsRows = (expected) =>
  ada.until(expected.join(' / '), async () => {
    const now = await rows()
    return now.join(' / ') === expected.join(' / ') || now
  })

const rowHandle = () => ada.page.getByRole('button', { name: 'Row: drag to move' })
const columnHandle = () => ada.page.getByRole('button', { name: 'Column: drag to move' })

async function chooses(handle, cell, item) {
  await cell.hover()
  await handle().click()
  await ada.page.getByRole('menuitem', { name: item, exact: true }).click()
}

test('rows and columns are taken by their handles', async () => {
  await writesTable('A', 'B', 'C', '1', '2', '3', 'x', 'y', 'z')
  const cell = (words) => ada.text.locator('td, th', { hasText: words })
  await chooses(rowHandle, cell('x'), 'Move row up')
  await showsRows(['A|B|C', 'x|y|z', '1|2|3'])
  await chooses(rowHandle, cell('x'), 'Duplicate row')
  await showsRows(['A|B|C', 'x|y|z', 'x|y|z', '1|2|3'])
  await chooses(rowHandle, cell('1'), 'Delete row')
  await showsRows(['A|B|C', 'x|y|z', 'x|y|z'])
  await chooses(columnHandle, cell('B'), 'Move column right')
  await showsRows(['A|C|B', 'x|z|y', 'x|z|y'])
  await chooses(columnHandle, cell('A'), 'Duplicate column')
  await showsRows(['A|A|C|B', 'x|x|z|y', 'x|x|z|y'])
  await chooses(columnHandle, cell('A').first(), 'Delete column')
  await showsRows(['A|C|B', 'x|z|y', 'x|z|y'])
  await chooses(columnHandle, cell('C'), 'Align right')
  const side = () =>
    cell('z')
      .first()
      .evaluate((element) => getComputedStyle(element).textAlign)
  await ada.until('the column to be at the right', async () => (await side()) === 'right' || side())
  await ada.sees('saved')
  const markdown = await fetch(`${ada.wire.url}/api/documents/${document}/content?format=markdown`)
  assert.match(await markdown.text(), /-: \|/)
})

test('a row and a column are dragged', async () => {
  await writesTable('A', 'B', 'C', '1', '2', '3', 'x', 'y', 'z')
  const drag = async (handle, cell, to) => {
    await cell.hover()
    const [box, end] = [await handle().boundingBox(), await to.boundingBox()]
    await ada.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await ada.page.mouse.down()
    await ada.page.mouse.move(box.x + 20, box.y + 20, { steps: 3 })
    await ada.page.mouse.move(end.x + end.width - 2, end.y + end.height - 2, { steps: 5 })
    await ada.page.locator('.landing').waitFor()
    await ada.page.mouse.up()
  }
  await drag(rowHandle, ada.text.locator('tr').nth(1).locator('td').first(), ada.text.locator('tr').nth(2))
  await showsRows(['A|B|C', 'x|y|z', '1|2|3'])
  await drag(columnHandle, ada.text.locator('th').first(), ada.text.locator('th').nth(2))
  await showsRows(['B|C|A', 'y|z|x', '2|3|1'])
  await ada.types('{Control+z}')
  await showsRows(['A|B|C', 'x|y|z', '1|2|3'])
})

test('the bar of a table offers what the handles offer', async () => {
  await writesTable('A', 'B', 'C', '1', '2', '3', 'x')
  await ada.page
    .getByRole('toolbar', { name: 'Table' })
    .getByRole('button', { name: 'More for this' })
    .click()
  await ada.page.getByRole('menuitem', { name: 'Move row up' }).click()
  await showsRows(['A|B|C', 'x||', '1|2|3'])
  await ada.page.getByRole('button', { name: 'Merge cells' }).click()
  await ada.text.locator('td[colspan="3"]').waitFor()
  await ada.page.getByRole('button', { name: 'Split cell' }).click()
  await ada.text.locator('td[colspan="3"]').waitFor({ state: 'detached' })
})

const list = () => ada.page.getByRole('listbox')
const noList = () => ada.until('no list', async () => (await list().count()) === 0)

// The menu opened over words that were just written and stayed in the way.
test('a "/" in a sentence gets out of the way', async () => {
  await ada.startsOver('sand/or ')
  assert.equal(await list().count(), 0)
  await ada.types('either /or')
  await list().waitFor()
  await ada.types('chard')
  await noList()
  await ada.types('{Enter}next')
  await ada.reads(['p: sand/or either /orchard', 'p: next'])
  // Coming past it again is not asking for it.
  await ada.types('{ArrowUp}{End}')
  await ada.frame()
  assert.equal(await list().count(), 0)
})

test('Escape closes the menu until the next "/"', async () => {
  await ada.startsOver('/')
  await list().waitFor()
  await ada.page.getByText('Lists', { exact: true }).waitFor()
  await ada.types('{Escape}')
  await noList()
  await ada.types('quo')
  await noList()
  await ada.types('{Enter}/quo')
  await list().waitFor()
  const [menu, line] = [await list().boundingBox(), await ada.text.locator('p').nth(1).boundingBox()]
  assert.ok(menu.y >= line.y + line.height - 4 || menu.y + menu.height <= line.y, 'the line is in sight')
  await ada.types('{Enter}said')
  await ada.reads(['p: /quo', 'blockquote p: said'])
})

test('the choice in an open menu stays while somebody else types', async () => {
  await ada.startsOver('one{Enter}')
  await ada.sees('saved')
  const grace = await story.person('Grace')
  await grace.open(document)
  await ada.types('/{ArrowDown}{ArrowDown}')
  await ada.page.getByRole('option', { name: /Heading 2/, selected: true }).waitFor()
  await grace.goesTo('p', 0)
  await grace.types('many words ')
  await ada.text.getByText('many words one').waitFor()
  await ada.types('{Enter}two')
  await ada.reads(['p: many words one', 'h2: two'])
  await grace.leaves()
})

test('a heading has an address, which is copied, opened and followed', async () => {
  await ada.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const lines = '{Enter}line'.repeat(40)
  await ada.startsOver(`# Plan${lines}{Enter}## Goals & ways{Enter}words${lines}`)
  await ada.sees('saved')
  await ada.text.locator('h2').scrollIntoViewIfNeeded()
  await pointsAt(ada.text.locator('h2'))
  await ada.page.getByRole('button', { name: 'Copy link to this heading' }).click()
  await ada.hears('The address of this heading is copied')
  const address = await ada.page.evaluate(() => navigator.clipboard.readText())
  assert.equal(address, `${ada.wire.url}/d/${document}#goals--ways`)
  const grace = await story.person('Grace')
  await grace.page.goto(address)
  await grace.page.locator('.arrived').waitFor({ state: 'attached' })
  const box = await grace.text.locator('h2').boundingBox()
  assert.ok(box.y > 0 && box.y < 400, `the heading is in sight, at ${box.y}`)
  // A link to a heading is followed inside.
  await grace.text.getByText('words').click()
  await grace.types('{End} see [top](#plan) .')
  await grace.text.locator('a').click()
  await grace.page.locator('.link-view a').click()
  await grace.until('the top', async () => {
    const top = await grace.text.locator('h1').boundingBox()
    return (top.y > 0 && top.y < 400) || top.y
  })
  assert.equal(grace.context.pages().length, 1)
  await grace.text.locator('a').click({ modifiers: ['Control'] })
  assert.equal(grace.context.pages().length, 1)
  grace.isContent()
  await grace.leaves()
})

test('an emoji is found by its name and is a plain character', async () => {
  await ada.startsOver('Well done :tad')
  await ada.page.getByRole('option', { name: /party popper/ }).waitFor()
  await ada.types('{Enter} and :rocket: too')
  await ada.reads(['p: Well done 🎉 and 🚀 too'])
  await ada.startsOver('/emoji')
  await ada.page.getByRole('option', { name: /Emoji/ }).waitFor()
  await ada.types('{Enter}')
  await ada.page.getByRole('option', { name: /thumbs up/ }).waitFor()
  await ada.types('{Enter}')
  await ada.reads(['p: 👍'])
})

test('a colon is just a colon in times, addresses, code and sentences', async () => {
  await ada.startsOver('at 10:30 note: see http://example.org :) or :30 ')
  for (const words of ['- x:ab', ' https://smile', ' 1:1', ' `:smi'])
    for (const letter of words) {
      await ada.types(letter)
      assert.equal(await list().count(), 0, words)
    }
  await ada.startsOver('```rust ')
  await ada.text.locator('pre').waitFor()
  await ada.types('x :smi')
  await ada.frame()
  assert.equal(await list().count(), 0)
})

/** A document that is there before anybody opens it. */
async function written(title, content) {
  const answer = await fetch(`${ada.wire.url}/api/documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title, format: 'markdown', content }),
  })
  assert.equal(answer.status, 201)
  return (await answer.json()).name
}

test('"[[" links another document, which is looked into before one goes there', async () => {
  const name = await written('Trip to Vienna', 'We meet at the station at nine.')
  await ada.startsOver('See [[trip to v')
  await ada.page.getByRole('option', { name: /Trip to Vienna/ }).waitFor()
  await ada.types('{Enter} for more.')
  await ada.reads(['p: See Trip to Vienna for more.'])
  const link = ada.text.locator('a')
  assert.equal(await link.getAttribute('href'), `/d/${name}`)
  assert.equal(await link.textContent(), 'Trip to Vienna')
  await link.hover()
  await ada.page.locator('.link-bubble').getByText('We meet at the station at nine.').waitFor()
  await ada.page.mouse.move(5, 5)
  await ada.page.locator('.link-bubble').waitFor({ state: 'detached' })
  await link.click()
  await ada.page.locator('.link-card').getByText('We meet at the station at nine.').waitFor()
  await ada.sees('saved')
  await ada.page.locator('.link-view a').click()
  await ada.page.waitForURL(`**/d/${name}`)
  assert.equal(ada.context.pages().length, 1)
  // The other one says who links to it, as soon as the server has read what was written.
  await ada.until('who links here', async () => {
    await ada.page.reload()
    await ada.sees('saved')
    return ada.page
      .getByRole('navigation', { name: 'Linked from' })
      .getByRole('link')
      .waitFor({ timeout: 2500 })
      .then(
        () => true,
        () => 'nobody',
      )
  })
  await ada.page.getByRole('navigation', { name: 'Linked from' }).getByRole('link').click()
  await ada.page.waitForURL(`**/d/${document}`)
  await ada.sees('saved')
})

test('"[[" makes a document that is not there yet, and links it', async () => {
  await ada.startsOver('See [[Nobody wrote this')
  await ada.page.getByRole('option', { name: 'Create “Nobody wrote this”' }).waitFor()
  await ada.types('{ArrowUp}{Enter} yet')
  const link = ada.text.locator('a')
  await link.waitFor()
  assert.equal(await link.textContent(), 'Nobody wrote this')
  await ada.reads(['p: See Nobody wrote this yet'])
  const path = decodeURIComponent((await link.getAttribute('href')).slice(3))
  const info = await fetch(`${ada.wire.url}/api/documents/${encodeURIComponent(path)}`)
  assert.equal((await info.json()).title, 'Nobody wrote this')
})

test('brackets that are meant as brackets are left alone', async () => {
  await ada.startsOver('a[[0]] and [[x]] and ')
  assert.equal(await list().count(), 0)
  await ada.reads(['p: a[[0]] and [[x]] and '])
})

test('of a link to elsewhere only the host is said, and nobody is asked', async () => {
  await ada.startsOver('[brief](https://example.org/a/long/way) ')
  const asked = []
  ada.page.on('request', (request) => asked.push(request.url()))
  await ada.text.locator('a').hover()
  await ada.page.locator('.link-bubble').getByText('Leads to example.org').waitFor()
  assert.deepEqual(
    asked.filter((url) => !url.startsWith(ada.wire.url)),
    [],
  )
})

for (const colorScheme of ['light', 'dark'])
  test(`handles, lists and menus have no barriers in ${colorScheme} colours`, async () => {
    await ada.page.emulateMedia({ colorScheme })
    const name = await written('Packing list', 'Socks and a map.')
    await ada.startsOver(`# Plan{Enter}See [it](/d/${name}) or [else](https://example.org) `)
    await pointsAt(ada.text.locator('h1'))
    assert.deepEqual(await barriers(ada), [])
    await grip().click()
    await ada.page.getByRole('menuitem', { name: 'Duplicate' }).waitFor()
    assert.deepEqual(await barriers(ada), [])
    await ada.types('{Escape}')
    await ada.text.locator('a').first().hover()
    await ada.page.locator('.link-bubble').getByText('Socks and a map.').waitFor()
    assert.deepEqual(await barriers(ada), [])
    await ada.text.locator('p').first().click()
    await ada.types('{End}{Enter}/')
    await list().waitFor()
    assert.deepEqual(await barriers(ada), [])
    await ada.types('{Backspace}:hea')
    await ada.page.getByRole('option').first().waitFor()
    assert.deepEqual(await barriers(ada), [])
    await ada.types('{Escape}')
    await writesTable('A', 'B')
    await ada.text.locator('td').first().hover()
    await columnHandle().click()
    await ada.page.getByRole('menuitem', { name: 'Align right' }).waitFor()
    assert.deepEqual(await barriers(ada), [])
    await ada.types('{Escape}')
  })

test('a finger finds no handles, and the bar of a table', async () => {
  const mary = await story.person('Mary', {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  })
  const name = await written('On the way', '# Plan\n\n| A | B |\n| - | - |\n| 1 | 2 |\n')
  await mary.open(name)
  await mary.text.locator('h1').tap()
  await mary.frame()
  assert.equal(await mary.page.locator('.piece-handle[data-shown=true]').count(), 0)
  await mary.text.locator('td').first().tap()
  const bar = mary.page.getByRole('toolbar', { name: 'Table' })
  await bar.waitFor()
  const box = await bar.boundingBox()
  assert.ok(box.x >= 0 && box.x + box.width <= 390, 'the bar is in sight')
  assert.equal(await mary.page.locator('.part-handle').count(), 0)
  await bar.getByRole('button', { name: 'More for this' }).tap()
  await mary.page.getByRole('menuitem', { name: 'Duplicate row' }).tap()
  await mary.until('three rows', async () => (await mary.text.locator('tr').count()) === 3)
  mary.isContent()
  await mary.leaves()
})

// The width of a picture and of a column was a matter of dragging alone (WCAG 2.5.7).
test('pictures and columns get wider and narrower without dragging', async () => {
  const ada = await story.person('Ada')
  await ada.open(story.fresh('widths'))
  await ada.text.click()
  await ada.types('/table')
  await ada.page.getByRole('option', { name: /Table/ }).waitFor()
  await ada.types('{Enter}first')
  const width = (place) => place.evaluate((element) => element.getBoundingClientRect().width)
  const cell = ada.text.locator('th').first()
  const changes = async (label) => {
    const before = await width(cell)
    await ada.page.getByRole('button', { name: 'More for this row and column' }).click()
    await ada.page.getByRole('menuitem', { name: label }).click()
    await ada.until('another width', async () => (await width(cell)) !== before || before)
    return (await width(cell)) - before
  }
  assert.ok((await changes('Make column wider')) > 20)
  assert.ok((await changes('Make column narrower')) < -20)
  await ada.types('{Control+End}')
  await pastesFiles(ada, { name: 'plain.png', bytes: png(300, 60) })
  const picture = ada.text.locator('figure img')
  await picture.click({ position: { x: 220, y: 8 } })
  const before = await width(picture)
  await ada.page.getByRole('button', { name: 'Make the picture smaller' }).click()
  await ada.until('a smaller picture', async () => (await width(picture)) < before - 20)
  await ada.page.getByRole('button', { name: 'Make the picture larger' }).click()
  await ada.until('the picture as it was', async () => Math.abs((await width(picture)) - before) < 2)
  // The document may have been made by its first words meanwhile, which is no failure.
  ada.isContent(/409 \(Conflict\)/)
})
