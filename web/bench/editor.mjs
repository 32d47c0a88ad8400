// What the editor costs: `npm run bench` prints the figures beside their bars. Against the server's own
// binary (`COWRITE_BIN`), in Chromium on Linux; a key is the processor's time of the page's main thread,
// all work included, so that a busy machine changes little; medians of several runs.
import { readFile } from 'node:fs/promises'
import { Story } from '../test/e2e/story.mjs'
import { weightOf } from '../test/e2e/weight.mjs'
import { crowdIn } from './crowd.mjs'
import { textOf } from './text.mjs'

const RUNS = Number(process.env.RUNS ?? 3)
const KEYS = 60
const SPEED = 90

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const rows = []
const report = (what, value, unit, bar) => {
  const shown = `${value.toFixed(unit === 'KB' || unit === 'ms' ? 1 : 2)} ${unit}`
  const verdict = bar === undefined ? '' : value <= bar ? `≤ ${bar}` : `over ${bar}`
  rows.push([what, shown, verdict])
  console.log(`${what.padEnd(58)} ${shown.padStart(12)}   ${verdict}`)
}

const story = await Story.begin()
const url = `http://127.0.0.1:${story.server.port}`

async function make(name, words) {
  const body = JSON.stringify({ name, title: `${words} words`, format: 'markdown', content: textOf(words) })
  const answer = await fetch(`${url}/api/documents`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  if (!answer.ok) throw new Error(await answer.text())
}

/** So many threads of comments, spread over a document. */
async function discuss(name, threads) {
  for (let occurrence = 1; occurrence <= threads; occurrence++) {
    const answer = await fetch(`${url}/api/documents/${name}/comments`, {
      method: 'POST',
      body: JSON.stringify({ find: 'wizards', occurrence: 2 * occurrence, text: 'Which?', by: 'Reader' }),
      headers: { 'content-type': 'application/json' },
    })
    if (!answer.ok) throw new Error(await answer.text())
  }
}

/** Pages' processes, by number. */
async function renderers() {
  const session = await story.browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
}

/** Seconds of the processor that a process's main thread took: by the scheduler's count, in nanoseconds. */
const secondsOf = async (process) =>
  Number((await readFile(`/proc/${process}/task/${process}/schedstat`, 'utf8')).split(' ')[0]) / 1e9

/** The process of a page: the one that works when the page is told to. */
async function processOf(page) {
  const all = await renderers()
  const before = await Promise.all(all.map(secondsOf))
  await page.evaluate(() => {
    const end = performance.now() + 700
    while (performance.now() < end);
  })
  const after = await Promise.all(all.map(secondsOf))
  const worked = after.map((seconds, at) => seconds - before[at])
  return all[worked.indexOf(Math.max(...worked))]
}

/** Opens a document; answers who did, and a meter of the page's main thread. */
async function opened(who, name) {
  const person = await story.person(who)
  await person.open(name)
  const process = await processOf(person.page)
  return [person, () => secondsOf(process)]
}

/** Two pages on one document; milliseconds a key for who types and for who reads. */
async function typing(name, crowded) {
  const own = []
  const remote = []
  const [ada, adas] = await opened('Ada Lovelace', name)
  const [grace, graces] = await opened('Grace Hopper', name)
  const home = crowded ? await crowdIn(story.browser, url, name) : undefined
  await ada.text.locator('p').nth(2).click()
  await ada.keyboard.type(' warm up ', { delay: SPEED })
  for (let run = 0; run < RUNS; run++) {
    await ada.page.waitForTimeout(800)
    const before = [await adas(), await graces()]
    for (let key = 0; key < KEYS; key++) await ada.keyboard.type(key % 6 === 5 ? ' ' : 'a', { delay: SPEED })
    await ada.page.waitForTimeout(400)
    const after = [await adas(), await graces()]
    own.push(((after[0] - before[0]) * 1000) / KEYS)
    remote.push(((after[1] - before[1]) * 1000) / KEYS)
  }
  await home?.()
  await ada.leaves()
  await grace.leaves()
  return { own: median(own), remote: median(remote) }
}

/** Milliseconds of the processor for a letter in the field for finding, all matches counted and marked. */
async function finding(name) {
  const [ada, adas] = await opened('Ada Lovelace', name)
  await ada.text.locator('p').nth(2).click()
  await ada.types('{Control+f}')
  const field = ada.page.getByRole('textbox', { name: 'Find', exact: true })
  await field.waitFor()
  const words = 'every good editor'
  const times = []
  for (let run = 0; run < RUNS; run++) {
    await field.fill('')
    await ada.page.waitForTimeout(800)
    const before = await adas()
    await ada.keyboard.type(words, { delay: 4 * SPEED })
    await ada.page.waitForTimeout(400)
    times.push((((await adas()) - before) * 1000) / words.length)
  }
  await ada.leaves()
  return median(times)
}

/** Seconds from navigation to a text one can type in, in a browser that was never here. */
async function opening(name) {
  const times = []
  for (let run = 0; run < RUNS; run++) {
    const context = await story.browser.newContext()
    const page = await context.newPage()
    const began = performance.now()
    await page.goto(`${url}/d/${name}`)
    await page.locator('.text[contenteditable=true] p').first().waitFor()
    times.push((performance.now() - began) / 1000)
    await context.close()
  }
  return median(times)
}

/** Kilobytes, compressed by gzip, of what a page asks for before it can be used. */
async function weight(path, ready) {
  const context = await story.browser.newContext()
  const { js, css } = await weightOf(await context.newPage(), url + path, ready)
  await context.close()
  return { js: js / 1000, css: css / 1000 }
}

try {
  await make('ten', 10_000)
  await make('hundred', 100_000)
  const page = await weight('/d/ten', '.text[contenteditable=true] p')
  report('document page, JavaScript before the first key, gzip', page.js, 'KB', 240)
  report('document page, CSS, gzip', page.css, 'KB', 12)
  const home = await weight('/', '.row')
  report('home, JavaScript, gzip', home.js, 'KB')
  report('cold open of 10 000 words', await opening('ten'), 's', 1.5)
  report('cold open of 100 000 words', await opening('hundred'), 's')
  const ten = await typing('ten', false)
  report('10 000 words, two people: a key, who types', ten.own, 'ms', 20)
  report('10 000 words, two people: a key, who reads', ten.remote, 'ms')
  const crowd = await typing('ten', true)
  report('10 000 words, 20 moving carets: a key, who types', crowd.own, 'ms')
  const hundred = await typing('hundred', false)
  report('100 000 words, two people: a key, who types', hundred.own, 'ms', 50)
  report('100 000 words, two people: a key, who reads', hundred.remote, 'ms', 50)
  report('100 000 words: a letter of what is looked for', await finding('hundred'), 'ms')
  await discuss('ten', 100)
  const threads = await typing('ten', false)
  report('10 000 words, 100 comments beside them: a key, who types', threads.own, 'ms')
  report('10 000 words, 100 comments beside them: a key, who reads', threads.remote, 'ms')
} finally {
  await story.end()
}
