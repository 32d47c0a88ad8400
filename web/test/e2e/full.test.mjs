// A document that the server takes no more of.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { external } from './server.mjs'
import { Story } from './story.mjs'

let story
before(async () => {
  story = await Story.begin(['--max-document', '100kB'])
})
after(() => story.end())

// Whoever pasted more than a document may have was told that they are offline and may keep writing:
// it would be merged when the connection returns. It never was.
test('whoever adds more than fits is told so', { skip: external !== undefined }, async () => {
  const ada = await story.person('Ada')
  await ada.open(story.fresh())
  await ada.text.click()
  await ada.types('Before.')
  await ada.sees('saved')
  await ada.page.evaluate((words) => {
    document.execCommand('insertText', false, words)
  }, 'far too much '.repeat(12_000))
  await ada.hears('Not saved: the document')
  // It is tried again and again, and what is said does not change meanwhile.
  for (let look = 0; look < 10; look++) {
    await ada.page.waitForTimeout(200)
    assert.match(await ada.page.locator('.banner').innerText(), /^Not saved/)
  }
})
