// Words written offline that a merge takes away: their writer is told, and gets them back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers } from './barriers.mjs'
import { BROKEN_LINE, Story } from './story.mjs'

let story
before(async () => {
  story = await Story.begin()
})
after(() => story.end())

const TITLE = 'Some words you wrote did not survive the merge'

const path = (document) =>
  `http://127.0.0.1:${story.server.port}/api/documents/${encodeURIComponent(document)}`

async function versions(document) {
  const answer = await fetch(`${path(document)}/versions`)
  return (await answer.json()).versions
}

async function branches(document) {
  return (await versions(document)).filter((version) => version.branch)
}

async function textOf(document, id) {
  const answer = await fetch(`${path(document)}/content?format=text&at=${id}`)
  return (await answer.text()).trim()
}

/** Ada and Grace have the same text; then Grace is offline. */
async function apart(document, words) {
  const { ada, grace } = await together(document, words)
  grace.wire.cut()
  await grace.sees('offline')
  return { ada, grace }
}

async function together(document, words) {
  const ada = await story.person('Ada')
  const grace = await story.person('Grace', { color: '#c2410c' })
  await ada.open(document)
  await ada.text.click()
  await ada.types(words)
  await ada.sees('saved')
  await grace.open(document)
  // A browser does not ask a second time for a module that it could not get: parts that are fetched ahead,
  // and with them the words of the notice, would be missing for as long as the page lives.
  await grace.page.waitForFunction(() => {
    const files = performance.getEntriesByType('resource')
    const last = Math.max(...files.map((file) => file.responseEnd))
    return files.some((file) => file.name.includes('/en.later')) && performance.now() - last > 800
  })
  return { ada, grace }
}

async function look(person, name) {
  const folder = process.env.COWRITE_LOOK
  if (!folder) return
  const { page } = person
  for (const [width, height] of [
    [1280, 860],
    [390, 844],
  ])
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png` })
    }
  await page.setViewportSize({ width: 1280, height: 900 })
}

// Grace's words vanished without a word: the line that they were in was replaced.
test('who loses words to a heading that somebody else made is told, and puts them back', async () => {
  const document = story.fresh('team/rescue')
  const { ada, grace } = await apart(document, 'Above{Enter}shared line{Enter}next')
  await grace.goesTo('p >> nth=1')
  await grace.types('{End} of Grace')
  await grace.sees('offline-kept')
  await ada.goesTo('p >> nth=1')
  await ada.types('{Control+Alt+1}')
  await ada.reads(['p: Above', 'h1: shared line', 'p: next'])
  await ada.sees('saved')

  grace.wire.mend()
  await grace.hears(TITLE)
  await grace.sees('saved')
  await grace.reads(['p: Above', 'h1: shared line', 'p: next'])
  const notice = grace.page.locator('.rescue')
  assert.equal((await notice.locator('li').textContent()).trim(), 'shared line of Grace')
  assert.equal(await notice.locator('mark').textContent(), ' of Grace')
  await look(grace, 'rescue')
  assert.deepEqual(await barriers(grace), [])

  // Her own version is in the history, as it was.
  const [branch] = await branches(document)
  assert.match(branch.name, /^Grace, offline until \d\d:\d\d/)
  assert.deepEqual(branch.authors, ['Grace'])
  assert.match(await textOf(document, branch.id), /shared line of Grace/)
  await notice.getByRole('button', { name: 'See your version' }).click()
  await grace.page.locator('.past-paper').getByText('of Grace').waitFor()
  await look(grace, 'rescue-version')

  await notice.getByRole('button', { name: 'Put them back' }).click()
  const whole = ['p: Above', 'h1: shared line of Grace', 'p: next']
  // The version that was looked at leaves the page with the next frame.
  await grace.page.locator('.paper').waitFor({ state: 'detached' })
  await grace.reads(whole)
  await ada.reads(whole)
  await grace.page.locator('.rescue').waitFor({ state: 'detached' })
  await grace.types('{Control+z}')
  await grace.reads(['p: Above', 'h1: shared line', 'p: next'])
  await grace.types('{Control+Shift+z}')
  await grace.reads(whole)
  await grace.sees('saved')
  await ada.reads(whole)
  ada.isContent()
  grace.isContent(BROKEN_LINE)
})

test('a merge that takes nothing away says nothing', async () => {
  const document = story.fresh()
  const { ada, grace } = await apart(document, 'shared line')
  await grace.goesTo('p')
  await grace.types('{End} of Grace')
  await grace.sees('offline-kept')
  await ada.goesTo('p')
  await ada.types('Ada: ')
  await ada.sees('saved')
  grace.wire.mend()
  await grace.sees('saved')
  const merged = ['p: Ada: shared line of Grace']
  await grace.reads(merged)
  await ada.reads(merged)
  assert.equal(await grace.page.locator('.rescue').count(), 0)
  assert.deepEqual(await branches(document), [], 'a blink that loses nothing is no event')
  grace.isContent(BROKEN_LINE)
})

test('words that were lost are told also after the page was closed offline', async () => {
  const document = story.fresh()
  const { ada, grace } = await apart(document, 'one{Enter}two')
  await grace.goesTo('p >> nth=1')
  await grace.types('{End} and a half')
  await grace.sees('offline-kept')
  await grace.page.close()
  // The whole line goes, and nothing is written in its place.
  await ada.goesTo('p >> nth=1')
  await ada.types('{Shift+End}{Delete}{Backspace}')
  await ada.reads(['p: one'])
  await ada.sees('saved')

  grace.wire.mend()
  await grace.newPage()
  await grace.open(document)
  await grace.hears(TITLE)
  assert.equal(await grace.page.locator('.rescue mark').textContent(), ' and a half')
  await grace.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await grace.page.getByRole('button', { name: 'Copy', exact: true }).click()
  await grace.hears('Your words were copied.')
  assert.equal(await grace.page.evaluate(() => navigator.clipboard.readText()), 'and a half')
  assert.equal((await branches(document)).length, 1)
  await grace.page.getByRole('button', { name: 'Put them back' }).click()
  await grace.reads(['p: one', 'p:  and a half'])
  await ada.reads(['p: one', 'p:  and a half'])
})

// The browser's storage that took more than two seconds counted as empty. What it gave later was merged
// without a rehearsal, and the words that were lost with it were told to nobody.
test('words that a slow browser gives after the document is open are told, too', async () => {
  const document = story.fresh()
  const { ada, grace } = await apart(document, 'one{Enter}two')
  await grace.goesTo('p >> nth=1')
  await grace.types('{End} and a half')
  await grace.goesTo('p >> nth=0')
  await grace.types('{End} and only')
  await grace.sees('offline-kept')
  await grace.page.close()
  await ada.goesTo('p >> nth=1')
  await ada.types('{Control+Alt+1}')
  await ada.sees('saved')

  grace.wire.mend()
  await grace.newPage()
  await grace.page.addInitScript(() => {
    const given = new Promise((resolve) => {
      window.giveStorage = resolve
    })
    const open = IDBFactory.prototype.open
    IDBFactory.prototype.open = function (name, ...rest) {
      const request = open.call(this, name, ...rest)
      if (name.startsWith('cowrite/'))
        Object.defineProperty(request, 'onsuccess', {
          set(hear) {
            request.addEventListener('success', (event) => given.then(() => hear.call(request, event)))
          },
        })
      return request
    }
  })
  await grace.open(document)
  await grace.reads(['p: one', 'h1: two'])
  await grace.page.evaluate(() => window.giveStorage())
  await grace.hears(TITLE)
  assert.equal(await grace.page.locator('.rescue mark').textContent(), ' and a half')
  await grace.sees('saved')
  await grace.reads(['p: one and only', 'h1: two'])
  await ada.reads(['p: one and only', 'h1: two'])
  const [branch] = await branches(document)
  assert.match(await textOf(document, branch.id), /two and a half/)
  // From here on the device keeps it again.
  grace.wire.cut()
  await grace.sees('offline')
  await grace.goesTo('p')
  await grace.types('{End}!')
  await grace.sees('offline-kept')
  grace.isContent(BROKEN_LINE)
})

// What is typed while the merge is held back must neither be lost nor be called saved too early.
test('a server that keeps no branch holds the merge for seconds at most, and typing goes on', async () => {
  const document = story.fresh()
  const { ada, grace } = await apart(document, 'shared line')
  await grace.goesTo('p')
  await grace.types('{End} of Grace')
  await grace.sees('offline-kept')
  await ada.goesTo('p')
  await ada.types('{Control+Alt+2}')
  await ada.sees('saved')
  const held = []
  await grace.page.route(/\/versions\?name=/, (route) => {
    held.push(route)
  })
  const states = []
  await grace.page.exposeFunction('noteState', (state) => states.push(state))
  await grace.page.evaluate(() => {
    const label = document.querySelector('.save')
    new MutationObserver(() => window.noteState(label.dataset.state)).observe(label, {
      attributeFilter: ['data-state'],
    })
  })
  grace.wire.mend()
  await grace.sees('saving')
  await grace.until('the branch to be sent', () => held.length > 0)
  await grace.types('{Control+End}{Enter}typed meanwhile')
  assert.deepEqual(await ada.blocks(), ['h2: shared line'], 'nothing has left yet')
  assert.ok(!states.includes('saved'))
  await grace.hears(TITLE)
  await grace.sees('saved')
  const merged = ['h2: shared line', 'p: typed meanwhile']
  await grace.reads(merged)
  await ada.reads(merged)
  assert.equal(await grace.page.getByRole('button', { name: 'See your version' }).count(), 0)
  // It is kept when the server answers at last.
  for (const route of held) await route.continue()
  await grace.page.getByRole('button', { name: 'See your version' }).waitFor()
  assert.equal((await branches(document)).length, 1)
})

test('a branch that could not be brought is brought by the next visit', async () => {
  const document = story.fresh()
  const { ada, grace } = await apart(document, 'shared line')
  await grace.goesTo('p')
  await grace.types('{End} of Grace')
  await grace.sees('offline-kept')
  await ada.goesTo('p')
  await ada.types('{Control+Alt+2}')
  await ada.sees('saved')
  await grace.page.route(/\/versions\?name=/, (route) => route.abort())
  grace.wire.mend()
  await grace.hears(TITLE)
  await grace.page.close()
  assert.deepEqual(await branches(document), [])

  await grace.newPage()
  await grace.open(document)
  await grace.until('the branch to be there', async () => (await branches(document)).length === 1)
  assert.match(await textOf(document, (await branches(document))[0].id), /shared line of Grace/)
})

// A line that is only slow brings the heading as any other edit, and one that is dead may have delivered
// the words all the same: neither merge was rehearsed, and the words went without a word.
for (const [what, lasts] of [
  ['for a moment', false],
  ['until it is given up', true],
])
  test(`words that wait in a line that stands still ${what} are told when they are lost`, async () => {
    const document = story.fresh()
    const { ada, grace } = await together(document, 'shared line{Enter}next')
    await grace.sees('saved')
    await grace.goesTo('p')
    grace.wire.stall()
    await grace.types('{End} of Grace')
    await grace.text.getByText('shared line of Grace').waitFor()
    await ada.goesTo('p')
    await ada.types('{Control+Alt+1}')
    await ada.sees('saved')
    if (lasts) await grace.sees('offline-kept')
    grace.wire.flow()
    await grace.hears(TITLE)
    await grace.sees('saved')
    await grace.reads(['h1: shared line', 'p: next'])
    assert.equal(await grace.page.locator('.rescue mark').textContent(), ' of Grace')
    await grace.page.getByRole('button', { name: 'Put them back' }).click()
    await grace.reads(['h1: shared line of Grace', 'p: next'])
    await ada.reads(['h1: shared line of Grace', 'p: next'])
    ada.isContent()
    grace.isContent(BROKEN_LINE)
  })

// The merge that took the words was somebody else's, and came later: their rehearsal looks for their own
// words only, and whose words they were was told nothing.
test('words that somebody takes away who was offline, too, are told to their writer', async () => {
  const document = story.fresh()
  const { ada, grace } = await apart(document, 'shared line{Enter}next')
  ada.wire.cut()
  await ada.sees('offline')
  await grace.goesTo('p')
  await grace.types('{End} of Grace')
  await ada.goesTo('p')
  await ada.types('{Control+Alt+1}')
  await ada.sees('offline-kept')
  grace.wire.mend()
  await grace.sees('saved')
  ada.wire.mend()
  await grace.hears(TITLE)
  await grace.reads(['h1: shared line', 'p: next'])
  assert.equal(await grace.page.locator('.rescue mark').textContent(), ' of Grace')
})

// Words that a visit left in its browser were another client's for the next visit, which brought them: nobody
// was told when they were taken away.
test('words of an earlier visit are told to their writer, too', async () => {
  const document = story.fresh()
  const { ada, grace } = await apart(document, 'shared line{Enter}next')
  ada.wire.cut()
  await ada.sees('offline')
  await grace.goesTo('p')
  await grace.types('{End} of Grace')
  await grace.sees('offline-kept')
  await grace.page.close()
  await ada.goesTo('p')
  await ada.types('{Control+Alt+1}')
  await ada.sees('offline-kept')
  grace.wire.mend()
  await grace.newPage()
  await grace.open(document)
  await grace.reads(['p: shared line of Grace', 'p: next'])
  await grace.sees('saved')
  ada.wire.mend()
  await grace.hears(TITLE)
  await grace.reads(['h1: shared line', 'p: next'])
  assert.equal(await grace.page.locator('.rescue mark').textContent(), ' of Grace')
})

// In one update, as on a slow line: a line that goes, and another one that is made a heading.
test('words that somebody saw and deleted are told to nobody', async () => {
  const document = story.fresh()
  const { ada, grace } = await together(document, 'shared line')
  await grace.goesTo('p')
  await grace.types('{End} of Grace{Enter}another one')
  await grace.sees('saved')
  await ada.reads(['p: shared line of Grace', 'p: another one'])
  await ada.goesTo('p >> nth=1')
  ada.wire.stall()
  await ada.types('{Shift+End}{Delete}{Backspace}{Control+Alt+1}')
  ada.wire.flow()
  await grace.reads(['h1: shared line of Grace'])
  await ada.goesTo('h1')
  await ada.types('{End}!')
  await grace.reads(['h1: shared line of Grace!'])
  await grace.page.waitForTimeout(1000)
  assert.equal(await grace.page.locator('.rescue').count(), 0)
})
