// The list of documents.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers } from './barriers.mjs'
import { BROKEN_LINE, Story } from './story.mjs'
import { word } from './word.mjs'

let story, ada
before(async () => {
  story = await Story.begin()
  ada = await story.person('Ada')
})
after(() => story.end())

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

const rowOf = (person, name) => person.page.locator(`[data-document="${name}"]`)

/** Chooses something in the menu of a row. */
const chooses = async (person, name, item) => {
  await rowOf(person, name)
    .getByRole('button', { name: /^More about/ })
    .click()
  await rowOf(person, name).getByRole('menuitem', { name: item, exact: true }).click()
}

const beginsOtherwise = async (person, how) => {
  await person.page.getByRole('button', { name: 'Other ways to begin' }).click()
  await person.page.getByRole('menuitem', { name: how }).click()
}

/** Makes a document over REST, as a program does. */
const makes = async (document) => {
  const answer = await fetch(`http://127.0.0.1:${story.server.port}/api/documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(document),
  })
  assert.equal(answer.status, 201, await answer.clone().text())
  return (await answer.json()).name
}

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
test('documents without a title are told apart by their first words, and else by their names', async () => {
  const [written, empty] = [story.fresh('nameless/one'), story.fresh('nameless/two')]
  await makes({ name: empty })
  await ada.open(written)
  await ada.text.click()
  await ada.types('Bread and butter')
  await ada.sees('saved')
  await ada.goHome()
  await rowOf(ada, written).getByRole('link', { name: 'Bread and butter' }).waitFor()
  await rowOf(ada, written).getByText(written).waitFor()
  await rowOf(ada, empty).getByRole('link', { name: empty, exact: true }).waitFor()
  await rowOf(ada, empty).getByText('Nothing written yet').waitFor()
  await rowOf(ada, empty)
    .getByRole('button', { name: `More about ${empty}` })
    .waitFor()
})

test('a document is made under a name of one’s own, once', async () => {
  const name = story.fresh('team/own name')
  await ada.goHome()
  await beginsOtherwise(ada, 'With a name')
  await ada.page.getByRole('textbox', { name: 'Name' }).fill(name)
  await ada.types('{Enter}')
  await ada.text.waitFor()
  assert.equal(decodeURIComponent(new URL(ada.page.url()).pathname), `/d/${name}`)
  await ada.sees('saved')
  await ada.goHome()
  await beginsOtherwise(ada, 'With a name')
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
    const rows = await ada.page.locator('.rows:not(.skeletons) .row').count()
    return (rows === 1 && (await rowOf(ada, name).count()) === 1) || rows
  })
  await search.fill('nothing of this kind')
  await ada.hears('Nothing found for “nothing of this kind”')
  await search.fill('')
  await rowOf(ada, name).waitFor()
})

test('words of texts are found, and shown where they are', async () => {
  const name = await makes({
    name: story.fresh('lighthouse'),
    title: 'A walk',
    format: 'text',
    content: 'We start at nine. Bring something warm, since the quokkas are up late.',
  })
  await ada.goHome()
  const search = ada.page.getByRole('searchbox')
  await ada.until('the words are in the index', async () => {
    // As somebody types: the last word by its beginning.
    await search.fill('')
    await search.fill('warm quok')
    const row = rowOf(ada, name).locator('mark').first()
    await row.waitFor({ timeout: 1500 }).catch(() => undefined)
    return (await row.count()) > 0
  })
  const marks = rowOf(ada, name).locator('.row-excerpt mark')
  assert.deepEqual(await marks.allTextContents(), ['warm', 'quokkas'])
  assert.equal(new URL(ada.page.url()).search, '?q=warm+quok')
  // By its title it is found as well, once, and that is marked.
  await search.fill('walk')
  await rowOf(ada, name).locator('.row-title mark').waitFor()
  assert.equal(await rowOf(ada, name).count(), 1)
  // The way back leads to what was looked for.
  await rowOf(ada, name).getByRole('link').click()
  await ada.text.waitFor()
  await ada.page.goBack()
  await rowOf(ada, name).waitFor()
  assert.equal(await search.inputValue(), 'walk')
  // What is found nowhere can be begun.
  await search.fill('no such words')
  await ada.page.getByRole('button', { name: 'Create “no such words”' }).click()
  assert.equal(await ada.page.getByRole('textbox', { name: 'Name' }).inputValue(), 'no such words')
  await ada.types('{Escape}')
})

test('the trash shows what was deleted, and gives it back', async () => {
  const name = await makes({ name: story.fresh('trashed'), title: 'Old plans', format: 'text', content: 'x' })
  await ada.goHome()
  await chooses(ada, name, 'Delete…')
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await rowOf(ada, name).waitFor({ state: 'detached' })
  await ada.page.getByRole('link', { name: 'Trash' }).click()
  assert.equal(new URL(ada.page.url()).search, '?tab=trash')
  await rowOf(ada, name).getByText('deleted just now').waitFor()
  await ada.page.getByRole('searchbox', { name: 'Search the trash' }).fill('old pl')
  await rowOf(ada, name).locator('mark').first().waitFor()
  assert.deepEqual(await barriers(ada), [])
  await rowOf(ada, name).getByRole('button', { name: 'Restore Old plans' }).click()
  await ada.hears('“Old plans” is back.')
  await rowOf(ada, name).waitFor({ state: 'detached' })
  await ada.page.getByRole('button', { name: 'Open' }).click()
  await ada.reads(['p: x'])
  await ada.page.goBack()
  await ada.page.getByRole('link', { name: 'Trash' }).waitFor()
  await ada.page.getByRole('link', { name: 'All', exact: true }).click()
  await rowOf(ada, name).waitFor()
})

test('what was opened here is recent, what is pinned stays', async () => {
  const visitor = await story.person('Visitor')
  const [first, second] = [story.fresh('visited/one'), story.fresh('visited/two')]
  for (const name of [first, second]) await makes({ name, title: name, format: 'text', content: 'x' })
  await visitor.goHome()
  await visitor.page.getByRole('link', { name: 'Recent' }).click()
  await visitor.hears('What you open shows up here')
  for (const name of [first, second]) await visitor.open(name)
  await visitor.page.goto(`${visitor.wire.url}/?tab=recent`)
  await rowOf(visitor, second).waitFor()
  await visitor.hears('Kept in this browser, on this device.')
  const shown = await visitor.page
    .locator('.rows:not(.skeletons) .row')
    .evaluateAll((all) => all.map((row) => row.dataset.document))
  assert.deepEqual(shown, [second, first])
  await chooses(visitor, first, 'Pin')
  await visitor.page.getByRole('link', { name: 'Pinned' }).click()
  await rowOf(visitor, first).waitFor()
  assert.equal(await visitor.page.locator('.rows:not(.skeletons) .row').count(), 1)
  await visitor.page.reload()
  await rowOf(visitor, first).waitFor()
  assert.deepEqual(await barriers(visitor), [])
  await chooses(visitor, first, 'Unpin')
  await visitor.hears('Pin what you come back to')
  await visitor.page.goBack()
  await rowOf(visitor, second).waitFor()
  // What is deleted is not shown there, and is no failure.
  await fetch(`${visitor.wire.url}/api/documents/${encodeURIComponent(second)}`, { method: 'DELETE' })
  await rowOf(visitor, second).waitFor({ state: 'detached' })
  await rowOf(visitor, first).waitFor()
  assert.equal(await visitor.page.getByRole('alert').count(), 0)
  visitor.isContent(/410/)
})

// The list stood still for twenty seconds, and for ever once one had asked for more of it.
test('the list stays true while one looks, and what has the focus keeps it', async () => {
  const watcher = await story.person('Watcher')
  const names = []
  for (let number = 0; number < 55; number += 1)
    names.push(await makes({ name: story.fresh('many'), title: `Many ${number}` }))
  await watcher.goHome()
  await watcher.page.getByRole('button', { name: 'Show more' }).click()
  await watcher.until('more than a page', async () => {
    const rows = await watcher.page.locator('.rows:not(.skeletons) .row').count()
    return rows > 50 || rows
  })
  const rows = await watcher.page.locator('.rows:not(.skeletons) .row').count()
  const held = names.at(-1)
  await rowOf(watcher, held).getByRole('link').focus()
  const news = await makes({ name: story.fresh('news'), title: 'Made meanwhile' })
  await rowOf(watcher, news).waitFor()
  assert.ok((await watcher.page.locator('.rows:not(.skeletons) .row').count()) >= rows)
  // What is written in goes to the front, with the focus that it has.
  await ada.open(held)
  await ada.text.click()
  await ada.types('moved')
  await ada.sees('saved')
  await watcher.until('the row in front', async () => {
    const front = await watcher.page
      .locator('.rows:not(.skeletons) .row')
      .first()
      .getAttribute('data-document')
    return front === held || front
  })
  const focused = await watcher.page.evaluate(() => document.activeElement?.closest('.row')?.dataset.document)
  assert.equal(focused, held)
  watcher.isContent()
})

// The bones of a list that is still loading were taken for its rows.
test('rows are walked through by keyboard', async () => {
  await makes({ name: story.fresh('walk'), title: 'First on the way' })
  await ada.goHome()
  await ada.page.locator('.rows:not(.skeletons) .row').nth(1).waitFor()
  const focused = () => ada.page.evaluate(() => document.activeElement?.textContent ?? '')
  const titleOf = (at) => ada.page.locator('.row-title').nth(at).textContent()
  await ada.types('/')
  assert.equal(await ada.page.locator('input[type=search]:focus').count(), 1)
  await ada.types('{ArrowDown}')
  assert.equal(await focused(), await titleOf(0))
  await ada.types('{ArrowDown}')
  assert.equal(await focused(), await titleOf(1))
  await ada.types('{ArrowUp}{ArrowUp}')
  assert.equal(await ada.page.locator('input[type=search]:focus').count(), 1)
  await ada.types('{ArrowDown}{Enter}')
  await ada.text.waitFor()
})

test('who reads German is offered German templates', async () => {
  const ada = await story.person('Ada', { locale: 'de-AT' })
  await ada.page.goto(ada.wire.url)
  await ada.page.getByRole('heading', { name: 'Dokumente', level: 1 }).waitFor()
  await ada.page.getByRole('button', { name: 'Andere Wege zu beginnen' }).click()
  await ada.page.getByRole('menuitem', { name: 'Aus einer Vorlage' }).click()
  const dialog = ada.page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'Besprechung' }).waitFor()
  assert.equal(await dialog.getByRole('radio').count(), 6)
  assert.deepEqual(await barriers(ada), [])
  ada.isContent()
})

test('a document begins with a template, chosen by keyboard', async () => {
  await ada.goHome()
  await beginsOtherwise(ada, 'From a template')
  const dialog = ada.page.getByRole('dialog')
  await dialog.getByRole('radio', { name: /^Meeting notes/ }).waitFor()
  await ada.until('the focus in the list', () => dialog.locator('input:focus').count().then(Boolean))
  await dialog.getByText('Agenda').waitFor()
  await ada.types('{ArrowDown}{ArrowDown}')
  await dialog.getByRole('region', { name: 'What is in “Decision record”' }).waitFor()
  assert.deepEqual(await barriers(ada), [])
  await ada.types('{Enter}')
  await ada.text.waitFor()
  assert.equal(await ada.page.getByRole('textbox', { name: 'Title' }).inputValue(), 'Decision record')
  await ada.text.getByRole('heading', { name: 'Context' }).waitFor()
  // The server put it in, so it is there once.
  assert.equal(await ada.text.getByRole('heading', { name: 'Context' }).count(), 1)
  // One types at once: the focus was nowhere.
  await ada.until('the caret in the text', () =>
    ada.text.evaluate((text) => text.contains(document.activeElement)),
  )
  // The bug: what was written behind the name of a field went on in bold.
  const field = ada.text.locator('p').nth(1)
  await field.click()
  await ada.types('{End}Ada and Grace')
  await ada.until('the names', async () => {
    const text = await field.textContent()
    return text === 'Decided by: Ada and Grace' || text
  })
  assert.equal(await field.locator('strong').textContent(), 'Decided by:')
})

test('a Word document becomes a document, and its picture one of its files', async () => {
  await ada.goHome()
  const choose = async (...files) => {
    const picker = ada.page.waitForEvent('filechooser')
    await ada.page.getByRole('button', { name: 'Import…' }).click()
    await (await picker).setFiles(files)
  }
  const file = (name, buffer) => ({ name, mimeType: 'application/octet-stream', buffer })
  await choose(file('Plain.docx', word({ heading: 'In short', text: 'From Word.' })))
  await ada.reads(['h1: In short', 'p: From Word.'])
  assert.equal(await ada.page.getByRole('textbox', { name: 'Title' }).inputValue(), 'Plain')

  // Titles, quotes and code were plain text, underlined and marked words plain words.
  await ada.goHome()
  const styles = { Title: 'Title', Quote: 'Quote', Pre: 'HTML Preformatted' }
  const more = [
    ['Title', 'The title'],
    ['Quote', 'Said once'],
    ['Quote', 'and twice'],
    ['Pre', 'let a'],
    ['Pre', 'let b'],
    ['Normal', 'under', '<w:u w:val="single"/>'],
    ['Normal', 'marked', '<w:highlight w:val="yellow"/>'],
  ]
  await choose(file('Styles.docx', word({ heading: 'Styles', text: 'Text', styles, more })))
  await ada.reads([
    'h1: Styles',
    'p: Text',
    'h1: The title',
    'blockquote p: Said once',
    'blockquote p: and twice',
    'pre: let a\nlet b',
    'p: under',
    'p: marked',
  ])
  assert.equal(await ada.text.locator('blockquote').count(), 1)
  assert.equal(await ada.text.locator('u').innerText(), 'under')
  assert.equal(await ada.text.locator('mark').innerText(), 'marked')

  await ada.goHome()
  await choose(
    file('Two.docx', word({ heading: 'A view', text: 'See', picture: 'The sea' })),
    file('Bad.docx', Buffer.from('no zip')),
  )
  const jobs = ada.page.getByRole('region', { name: 'Imported files' })
  await jobs.getByText('“Bad.docx” was not imported. It is no Word document').waitFor()
  const link = jobs.getByRole('link', { name: 'Open what was Two.docx' })
  const name = decodeURIComponent(
    new URL(await link.getAttribute('href'), ada.wire.url).pathname.slice('/d/'.length),
  )
  assert.deepEqual(await barriers(ada), [])
  const at = `http://127.0.0.1:${story.server.port}/api/documents/${encodeURIComponent(name)}`
  const { files } = await (await fetch(`${at}/files`)).json()
  assert.equal(files.length, 1)
  // The picture stands where it was, and is a file of this document.
  const html = await (await fetch(`${at}/content?format=html`)).text()
  assert.ok(html.includes(files[0].url), html)
  assert.match(html, /<img[^>]*alt="The sea"/)
  await jobs.getByRole('button', { name: 'Put the list away' }).click()
  await jobs.waitFor({ state: 'detached' })
})

// Nothing happened, and nothing was said.
test('a name that is blank, or that no browser can ask for, is refused in words', async () => {
  await ada.goHome()
  await beginsOtherwise(ada, 'With a name')
  const field = ada.page.getByRole('textbox', { name: 'Name' })
  await field.fill('   ')
  await ada.types('{Enter}')
  await ada.hears('Type a name first')
  await field.fill('..')
  await ada.types('{Enter}')
  await ada.hears(/must not be \. or \.\./)
  await ada.types('{Escape}')
})

test('a deleted document comes back by undo, with its words', async () => {
  const name = story.fresh('deleted')
  await ada.open(name)
  await ada.text.click()
  await ada.types('Do not lose me')
  await ada.sees('saved')
  await ada.goHome()
  await chooses(ada, name, 'Delete…')
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await chooses(ada, name, 'Delete…')
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
  await chooses(grace, name, 'Delete…')
  const dialog = grace.page.getByRole('dialog')
  // That it can be undone is said before it is done, and where.
  await dialog.getByText('restore the document later from the trash').waitFor()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await rowOf(grace, name).waitFor({ state: 'detached' })

  await beginsOtherwise(grace, 'With a name')
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
    await phone.page.locator('.rows:not(.skeletons) .row').first().waitFor()
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
  await rowOf(ada, name).getByTitle('Here now: Grace').waitFor()
  // And who has gone, without that anybody asks.
  await grace.leaves()
  await rowOf(ada, name).getByTitle('Here now: Grace').waitFor({ state: 'detached' })
})

test('a server that cannot be reached is not an empty list', async () => {
  const lost = await story.person('Lost')
  await lost.goHome()
  // Not the skeletons that stand there while the list is on its way.
  await lost.page.locator('.rows .row a').first().waitFor()
  const rows = await lost.page.locator('.rows:not(.skeletons) .row').count()
  lost.wire.cut()
  await lost.page.getByLabel('Sort by').selectOption('title')
  await lost.hears('The documents cannot be shown')
  assert.equal(await lost.page.locator('.rows:not(.skeletons) .row').count(), rows)
  lost.wire.mend()
  await lost.page.getByRole('button', { name: 'Try again' }).click()
  await lost.page.getByRole('alert').waitFor({ state: 'detached' })
  lost.isContent(BROKEN_LINE)
  ada.isContent(/409|400/)
})
