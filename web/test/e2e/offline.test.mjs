// Losing the line, the server, or the document.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { external } from './server.mjs'
import { BROKEN_LINE, GONE, Story } from './story.mjs'

let story
before(async () => {
  story = await Story.begin()
})
after(() => story.end())

test('what is written offline is merged when the line comes back', async () => {
  const document = story.fresh('team/offline')
  const ada = await story.person('Ada')
  const grace = await story.person('Grace')
  await ada.open(document)
  await ada.text.click()
  await ada.types('Shared line{Enter}next')
  await grace.open(document)
  await grace.reads(['p: Shared line', 'p: next'])
  await ada.sees('saved')

  ada.wire.cut()
  await ada.sees('offline')
  await ada.hears('The server cannot be reached. Keep writing')
  await ada.goesTo('p', 0)
  await ada.types('{End} of Ada')
  await ada.sees('offline-kept')
  await grace.goesTo('p', 0)
  await grace.types('Grace: ')
  await grace.sees('saved')

  ada.wire.mend()
  await ada.sees('saved')
  const merged = ['p: Grace: Shared line of Ada', 'p: next']
  await ada.reads(merged)
  await grace.reads(merged)
  await ada.page.reload()
  await ada.sees('saved')
  await ada.reads(merged)
  ada.isContent(BROKEN_LINE)
  grace.isContent()
})

// The banner waited for a pause in the typing, and the label said "Saving…" all the while: whoever
// wrote on never heard that the server was gone.
test('whoever types on without a pause still hears that the server is gone', async () => {
  const ada = await story.person('Ada')
  await ada.open(story.fresh())
  await ada.text.click()
  await ada.types('Before.')
  await ada.sees('saved')
  ada.wire.cut()
  let heard = 0
  let typing = true
  const listening = ada.hears('The server cannot be reached. Keep writing').then(() => {
    heard = Date.now()
    typing = false
  })
  const began = Date.now()
  const labels = new Set()
  while (typing && Date.now() - began < 8000) {
    await ada.keyboard.type('word ')
    labels.add(await ada.page.locator('.save').getAttribute('data-state'))
  }
  const stopped = Date.now()
  await listening
  assert.ok(heard > 0 && heard <= stopped, 'the banner came while the typing went on')
  assert.ok(heard - began < 5000, `the banner took ${heard - began} ms`)
  assert.match([...labels].at(-1), /^offline/)
  await ada.sees('offline-kept')
  ada.wire.mend()
  await ada.sees('saved')
  ada.isContent(BROKEN_LINE)
})

test('what is written offline survives closing the page', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada')
  await ada.open(document)
  await ada.text.click()
  await ada.types('Before.')
  await ada.sees('saved')
  ada.wire.cut()
  await ada.sees('offline')
  await ada.types(' After.')
  await ada.sees('offline-kept')
  await ada.page.close()
  ada.wire.mend()
  await ada.newPage()
  await ada.open(document)
  await ada.reads(['p: Before. After.'])
  const late = await story.person('Late')
  await late.open(document)
  await late.reads(['p: Before. After.'])
})

test('a killed server loses nothing, and the page says what is true', {
  skip: external !== undefined,
}, async () => {
  const document = story.fresh()
  const ada = await story.person('Ada')
  const states = []
  await ada.page.exposeFunction('noteState', (state) => states.push(state))
  await ada.open(document)
  await ada.page.evaluate(() => {
    const label = document.querySelector('.save')
    new MutationObserver(() => window.noteState(label.dataset.state)).observe(label, {
      attributeFilter: ['data-state'],
    })
  })
  await ada.text.click()
  await ada.types('Everything said so far is on disk.')
  await ada.sees('saved')
  await story.server.kill()
  await ada.sees('offline')
  await ada.types(' And this comes later.')
  await ada.sees('offline-kept')
  await story.server.restart()
  await ada.sees('saved')
  await ada.reads(['p: Everything said so far is on disk. And this comes later.'])
  const told = states.filter((state) => state !== 'saving' && state !== 'offline-keeping')
  const course = told.filter((state, i) => state !== told[i - 1])
  assert.deepEqual(course, ['saved', 'offline', 'offline-kept', 'saved'])

  const late = await story.person('Late')
  await late.open(document)
  await late.reads(['p: Everything said so far is on disk. And this comes later.'])
  ada.isContent(BROKEN_LINE)
})

test('a document deleted while it is open can still be read and taken along', async () => {
  const document = story.fresh('folder/deleted')
  const ada = await story.person('Ada')
  await ada.open(document)
  await ada.text.click()
  await ada.types('Words worth keeping')
  await ada.sees('saved')
  const grace = await story.person('Grace')
  await grace.goHome()
  const row = grace.page.locator(`[data-document="${document}"]`)
  await row.getByRole('button', { name: /^More about/ }).click()
  await row.getByRole('menuitem', { name: 'Delete…' }).click()
  await grace.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()

  await ada.hears('This document was deleted')
  await ada.sees('ended')
  await ada.until('the text to be read-only', async () => {
    const editable = await ada.text.getAttribute('contenteditable')
    return editable === 'false' || editable
  })
  const downloading = ada.page.waitForEvent('download')
  await ada.page.getByRole('button', { name: 'Download the text' }).click()
  const file = await (await downloading).createReadStream()
  let text = ''
  for await (const chunk of file) text += chunk
  assert.equal(text, 'Words worth keeping')
  await ada.page.locator('.ending').getByRole('link', { name: 'All documents' }).click()
  await ada.page.getByRole('heading', { name: 'Documents', level: 1 }).waitFor()
  ada.isContent(GONE)
})

const remove = async (person, document) => {
  const name = encodeURIComponent(document)
  const answer = await fetch(`${person.wire.url}/api/documents/${name}`, { method: 'DELETE' })
  assert.ok(answer.ok, `deleting answered ${answer.status}`)
}

// Whoever came new to a deleted document was told that it was deleted "while it was open here", over
// a skeleton that announced a text for ever, and could neither restore nor leave by anything but the
// list of documents.
test('whoever comes to a deleted document is told what is so, and can restore it', async () => {
  const document = story.fresh('folder/gone')
  const ada = await story.person('Ada')
  await ada.open(document)
  await ada.text.click()
  await ada.types('Not for ever')
  await ada.sees('saved')
  await ada.goHome()
  await remove(ada, document)

  const late = await story.person('Late')
  await late.page.goto(`${late.wire.url}/d/${document}`)
  await late.hears('Its words are kept. Restore it')
  await late.sees('ended')
  assert.equal(await late.page.getByText('while it was open here').count(), 0)
  assert.equal(await late.page.locator('[aria-busy]').count(), 0)
  assert.equal(await late.page.getByRole('button', { name: 'Download the text' }).count(), 0)
  await late.page.locator('main').getByRole('link', { name: 'All documents' }).waitFor()

  // Ada's device has a copy from her former visit, and says that this is what she sees.
  await ada.page.goto(`${ada.wire.url}/d/${document}`)
  await ada.hears('Below is the copy that this device kept')
  await ada.reads(['p: Not for ever'])

  await late.page.getByRole('button', { name: 'Restore' }).click()
  await late.sees('saved')
  await late.reads(['p: Not for ever'])
  // Who comes second is not refused.
  await ada.page.getByRole('button', { name: 'Restore' }).click()
  await ada.sees('saved')
  await ada.text.click()
  await ada.types('{Control+End}, as said')
  await late.reads(['p: Not for ever, as said'])
  ada.isContent(GONE)
  late.isContent(GONE)
})

test('a document deleted while it is open is restored from there', async () => {
  const document = story.fresh('folder/back')
  const ada = await story.person('Ada')
  await ada.open(document)
  await ada.text.click()
  await ada.types('Once')
  await ada.sees('saved')
  await remove(ada, document)
  await ada.hears('while it was open here')
  await ada.page.getByRole('button', { name: 'Restore' }).click()
  await ada.sees('saved')
  await ada.reads(['p: Once'])
  ada.isContent(GONE)
})

// What nobody had used yet was not there when the line was not, and what was offered instead was to reload: a page that
// cannot be had without the line. It is fetched a while after the text is there, and was never when the line was
// away just then.
test('what nobody had used yet is there while the line is away: a comment, the keys, a formula, emoji, code', async () => {
  const document = story.fresh('team/apart')
  const ada = await story.person('Ada')
  await ada.open(document)
  await ada.text.click()
  await ada.types('Words to speak of')
  await ada.sees('saved')
  const fetched = () => ada.page.evaluate(() => performance.getEntriesByType('resource').length)
  ada.wire.cut()
  await ada.page.waitForTimeout(5000)
  ada.wire.mend()
  await ada.sees('saved')
  let before = 0
  const allParts = async () => {
    await ada.page.waitForTimeout(900)
    const now = await fetched()
    const names = await ada.page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name),
    )
    const all = now === before && names.some((name) => /formula-.*js$/.test(name))
    before = now
    return all || now
  }
  await ada.until('all parts of the page', allParts, 40_000)
  ada.wire.cut()
  await ada.sees('offline')
  await ada.types('{Shift+Home}{Control+Alt+m}')
  await ada.page.getByRole('textbox', { name: 'Write a comment' }).fill('Which words?')
  await ada.types('{Control+Enter}')
  await ada.page.locator('.card', { hasText: 'Which words?' }).waitFor()
  await ada.types('{Control+/}')
  await ada.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await ada.types('{Escape}')
  await ada.text.click()
  await ada.types('{Control+End}{Enter}$x^2$ and :rocket')
  await ada.page
    .getByRole('listbox', { name: 'Emoji' })
    .getByRole('option', { name: 'rocket' })
    .first()
    .waitFor()
  await ada.types('{Enter}{Enter}```js {Enter}')
  await ada.types('const a = 1')
  await ada.text.locator('pre .hljs-keyword').waitFor()
  await ada.text.locator('.katex').waitFor()
  ada.wire.mend()
  await ada.sees('saved')
  ada.isContent(BROKEN_LINE)
})

// The page was loaded again for it, and was gone: there is no page without the line.
test('a language that is chosen while the line is away waits for it, and the text stays', async () => {
  const ada = await story.person('Ada')
  await ada.open(story.fresh('spoken'))
  await ada.text.click()
  await ada.types('Words')
  await ada.sees('saved')
  await ada.types('{Control+k}')
  await ada.page.getByRole('dialog', { name: 'Commands and documents' }).waitFor()
  await ada.types('appear')
  await ada.page.getByRole('option', { name: 'Appearance', selected: true }).waitFor()
  await ada.types('{Enter}')
  const dialog = ada.page.getByRole('dialog', { name: 'Appearance' })
  await dialog.waitFor()
  ada.wire.cut()
  await ada.page.locator('.save[data-state="offline"]').waitFor()
  await dialog.getByRole('combobox', { name: 'Language' }).selectOption('de')
  await dialog.getByText('The page will speak it when it is loaded again').waitFor()
  await ada.types('{Escape} more')
  await ada.reads(['p: Words more'])
  ada.wire.mend()
  await ada.sees('saved')
  await ada.page.reload()
  await ada.page.getByText('Alle Änderungen gespeichert').first().waitFor()
  ada.isContent(BROKEN_LINE)
})
