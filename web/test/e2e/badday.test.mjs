// Bad days: what goes wrong around a page, and what becomes of the words on it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BROKEN_LINE, Story } from './story.mjs'

let story
before(async () => {
  story = await Story.begin()
})
after(() => story.end())

test('the server is gone for a minute under two typing pages', async () => {
  const document = story.fresh('minute')
  const ada = await story.person('Ada Lovelace')
  const grace = await story.person('Grace Hopper')
  await ada.open(document)
  await ada.text.click()
  await ada.types('ada: {Enter}grace: ')
  await ada.sees('saved')
  await grace.open(document)
  await grace.reads(['p: ada: ', 'p: grace: '])
  await ada.goesTo('p:nth-child(1)', 5)
  await grace.goesTo('p:nth-child(2)', 7)
  await story.server.kill()
  const gone = Date.now()
  const words = { ada: '', grace: '' }
  while (Date.now() - gone < 60_000) {
    const mark = `${Math.round((Date.now() - gone) / 1000)} `
    await Promise.all([ada.types(mark), grace.types(mark)])
    words.ada += mark
    words.grace += mark
    await ada.page.waitForTimeout(2000)
  }
  await ada.hears('Keep writing')
  await ada.sees('offline-kept')
  await story.server.restart()
  for (const person of [ada, grace]) {
    await person.reads([`p: ada: ${words.ada}`, `p: grace: ${words.grace}`])
    await person.sees('saved')
    person.isContent(BROKEN_LINE)
  }
})

test('a page warns before it is closed only when something would be lost', async () => {
  const ada = await story.person('Ada Lovelace')
  await ada.open(story.fresh('warned'))
  await ada.text.click()
  await ada.types('Saved')
  await ada.sees('saved')
  let warned = 0
  ada.page.on('dialog', (dialog) => {
    warned += 1
    void dialog.accept()
  })
  await ada.page.close({ runBeforeUnload: true })
  await ada.until('the page to be closed', async () => ada.page.isClosed())
  assert.equal(warned, 0)
})

test('a page that can keep nothing warns before unsaved words are lost', async () => {
  const ada = await story.person('Ada Lovelace')
  await ada.context.addInitScript(() => {
    // A browser that forbids storage.
    Object.defineProperty(window, 'indexedDB', {
      get() {
        throw new DOMException('The operation is insecure.', 'SecurityError')
      },
    })
  })
  await ada.open(story.fresh('forbidden'))
  await ada.text.click()
  await ada.types('Saved')
  await ada.sees('saved')
  ada.wire.cut()
  await ada.types(' and lost?')
  await ada.sees('offline-unsaved')
  await ada.hears('this browser cannot keep changes')
  let warned = 0
  ada.page.on('dialog', (dialog) => {
    warned += 1
    void dialog.dismiss()
  })
  await ada.page.close({ runBeforeUnload: true })
  await ada.until('the warning', async () => warned === 1)
  assert.equal(ada.page.isClosed(), false)
  ada.wire.mend()
  await ada.sees('saved')
  ada.isContent(BROKEN_LINE)
})

// "Kept on this device" was said of words that the device had refused.
test('a full storage is said, and nothing is called kept', async () => {
  const ada = await story.person('Ada Lovelace')
  await ada.context.addInitScript(() => {
    // Writing fails from a moment on, as it does when the disk is full.
    const add = IDBObjectStore.prototype.add
    IDBObjectStore.prototype.add = function (...values) {
      const request = add.apply(this, values)
      if (window.storageIsFull) this.transaction.abort()
      return request
    }
  })
  const document = story.fresh('quota')
  await ada.open(document)
  await ada.text.click()
  await ada.types('Saved')
  await ada.sees('saved')
  await ada.page.evaluate(() => {
    window.storageIsFull = true
  })
  ada.wire.cut()
  await ada.types(' and lost?')
  await ada.sees('offline-unsaved')
  // Room again: the copy becomes whole, and says so.
  await ada.page.evaluate(() => {
    window.storageIsFull = false
  })
  await ada.sees('offline-kept')
  await ada.page.goto('about:blank')
  ada.wire.mend()
  await ada.open(document)
  await ada.reads(['p: Saved and lost?'])
  ada.isContent(/WebSocket|ERR_|Failed to load resource|Abort|localStorage/i)
})

test('a second tab of one document shows the same, and is not somebody else’s caret in the first', async () => {
  const name = story.fresh('tabs')
  const ada = await story.person('Ada Lovelace')
  await ada.open(name)
  await ada.text.click()
  await ada.types('from the first')
  const first = ada.page
  await ada.newPage()
  await ada.open(name)
  await ada.reads(['p: from the first'])
  await ada.goesTo('p')
  await ada.types('{End}, from the second')
  await ada.sees('saved')
  const second = ada.page
  ada.page = first
  await ada.reads(['p: from the first, from the second'])
  await ada.types('!')
  ada.page = second
  await ada.until('the words of both', async () => {
    const [line] = await ada.blocks()
    return line === 'p: from the first!, from the second' || line
  })
  await ada.sees('saved')
  ada.isContent()
})
