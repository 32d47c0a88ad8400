// Takes the pictures of the README: `node test/e2e/screenshots.mjs [folder]`.
// People write in a document with everything in it; the pictures are what they see: each screen in
// light, the most used ones in the dark and on a phone, too.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Story } from './story.mjs'

const folder = path.resolve(
  process.argv[2] ?? fileURLToPath(new URL('../../../docs/images', import.meta.url)),
)

const WORDS = [
  '# Quarterly planning: Aurora{Enter}',
  'We ship the **collaborative editor** in _three_ steps. See the [brief](https://example.org/brief) and the ==open questions== below.{Enter}',
  '## Goals for the spring{Enter}',
  '- Two people can type in one paragraph without losing a letter{Enter}',
  'Nothing is lost when the train enters a tunnel{Enter}{Enter}',
  '[x] Pick the editor core{Enter}Measure typing latency with 20 people{Enter}{Enter}',
  '## Budget{Enter}',
]

const TABLE = ['Item', 'Owner', 'Cost', 'Design review', 'Grace', '€ 4 200', 'Load tests', 'Alan', '€ 1 150']

const CODE = [
  '## Protocol{Enter}```rust ',
  '/// Answers a flush barrier once the log is on disk.{Enter}',
  'async fn barrier(conn: &Conn, token: u64) -> Result<()> {{}{Enter}',
  '  conn.log.flushed().await?;{Enter}',
  'conn.send(Message::Barrier(token)).await // "saved" is now true{Enter}{Backspace}{Backspace}',
  '}{Enter}{Enter}{Enter}',
  '> Simplicity is a great virtue, but it requires hard work to achieve it.',
]

const top = (person) => person.page.locator('.stage').evaluate((stage) => stage.scrollTo(0, 0))

async function write(person) {
  await person.page.getByRole('textbox', { name: 'Title' }).fill('Quarterly planning: Aurora')
  await person.types('{Enter}')
  for (const words of WORDS) await person.types(words)
  await person.types('/table')
  await person.page.getByRole('option', { name: /Table/ }).waitFor()
  await person.types('{Enter}')
  for (const cell of TABLE.slice(0, -1)) await person.types(`${cell}{Tab}`)
  await person.types(`${TABLE.at(-1)}{ArrowDown}`)
  for (const words of CODE) await person.types(words)
  await person.sees('saved')
}

async function picture(person, name) {
  await person.page.screenshot({ path: path.join(folder, `${name}.png`) })
  console.log(path.join(folder, `${name}.png`))
}

/** Grace selects a few words, so that her caret and her selection are in the picture. */
async function graceSelects(grace, ada) {
  await grace.goesTo('h2', 0)
  await grace.types('{Shift+End}')
  await ada.page.locator('h2 .caret.moving').waitFor({ state: 'attached' })
  // The label fades in.
  await ada.page.waitForTimeout(400)
}

const story = await Story.begin()
try {
  await mkdir(folder, { recursive: true })
  const document = 'team/aurora'
  const desk = { viewport: { width: 1440, height: 900 } }
  const ada = await story.person('Ada Lovelace', { color: '#2b7a3d', ...desk })
  const grace = await story.person('Grace Hopper', { color: '#9c36b5', ...desk })
  const alan = await story.person('Alan Turing', { color: '#c2410c', ...desk })
  await ada.open(document)
  await write(ada)
  await grace.open(document)
  await alan.open(document)
  await alan.goesTo('td p', 6)
  await ada.text.locator('h1').click()
  await ada.types('{End}')
  await top(ada)
  await graceSelects(grace, ada)
  await picture(ada, 'editor')

  await ada.page.getByRole('button', { name: 'Dark colours' }).click()
  await top(ada)
  await grace.types('{ArrowLeft}')
  await graceSelects(grace, ada)
  await picture(ada, 'editor-dark')

  const phone = await story.person('Mary Beard', {
    color: '#c2255c',
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  })
  await phone.open(document)
  await grace.types('{ArrowLeft}')
  await graceSelects(grace, phone)
  await picture(phone, 'editor-phone')

  for (const [name, title] of [
    ['team/minutes-may', 'Minutes of May'],
    ['handbook/onboarding', 'Onboarding handbook'],
    ['drafts/release-notes', 'Release notes 1.0'],
  ]) {
    await phone.open(name)
    await phone.page.getByRole('textbox', { name: 'Title' }).fill(title)
    await phone.types('{Enter}Words to come.')
    await phone.sees('saved')
  }
  // What was said about the text, and what is proposed.
  await ada.page.getByRole('button', { name: 'Light colours' }).click()
  await top(ada)
  await ada.text.getByText('three', { exact: true }).dblclick()
  await ada.types('{Control+Alt+m}')
  await ada.page.getByRole('textbox', { name: 'Write a comment' }).fill('Can we say which three?')
  await ada.types('{Control+Enter}')
  await grace.goesTo('li p', 0)
  await grace.types('{Control+Alt+Shift+x}{End}')
  await grace.types(', even offline')
  await grace.sees('saved')
  await ada.page.locator('ins').first().waitFor()
  await ada.page.waitForTimeout(600)
  await picture(ada, 'comments')
  await grace.types('{Control+Alt+Shift+x}')

  await ada.types('{Control+k}')
  await ada.page.getByRole('combobox', { name: 'Commands and documents' }).fill('head')
  await ada.page.waitForTimeout(500)
  await picture(ada, 'palette')
  await ada.types('{Escape}')

  const at = `${ada.wire.url}/api/documents/${encodeURIComponent(document)}/versions`
  for (const name of ['Before the review', 'Sent to the board']) {
    const body = JSON.stringify({ name })
    await fetch(at, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    await grace.types('{End} Reviewed.')
    await grace.sees('saved')
  }
  await ada.types('{Control+Alt+Shift+h}')
  await ada.page
    .getByRole('button', { name: /Before the review/ })
    .first()
    .click()
  await ada.page.getByRole('checkbox', { name: 'Show what changed' }).check()
  await ada.page.waitForTimeout(1500)
  await picture(ada, 'history')

  await alan.goHome()
  await alan.page.locator('.rows:not(.skeletons) .row').nth(3).waitFor()
  await picture(alan, 'documents')
  await alan.page.getByRole('button', { name: 'Dark colours' }).click()
  await picture(alan, 'documents-dark')
  await phone.goHome()
  await phone.page.locator('.rows:not(.skeletons) .row').nth(3).waitFor()
  await picture(phone, 'documents-phone')
} finally {
  await story.end()
}
