// Looking at what a document was, and going back to it, while others write on.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers } from './barriers.mjs'
import { external } from './server.mjs'
import { Story } from './story.mjs'

const OPTIONS = { skip: external !== undefined }

let story
/** Where no pause makes a version while a story lasts. */
let calm
before(async () => {
  // A pause of two seconds makes a version.
  story = await Story.begin(['--version-pause', '2'])
  calm = await Story.begin(['--version-pause', '3600'])
})
after(async () => {
  await story?.end()
  await calm?.end()
})

const api = (person, document, path = '') =>
  `${person.wire.url}/api/documents/${encodeURIComponent(document)}${path}`

async function told(person, document, path) {
  const answer = await fetch(api(person, document, path))
  assert.equal(answer.status, 200, path)
  return answer.json()
}

/** Waits until there are so many versions. */
async function versions(person, document, count) {
  await person.until(`${count} versions`, async () => {
    const { versions } = await told(person, document, '/versions')
    return versions.length >= count || versions
  })
}

async function opensHistory(person) {
  await person.types('{Control+Alt+Shift+h}')
  await person.page.getByRole('complementary', { name: 'History' }).waitFor()
}

/** What of the panel one speaks of. */
const row = (person, at) => person.page.locator('.version-day .version').nth(at)
const look = (person, at) => row(person, at).locator('.version-face').click()
const paper = (person) => person.page.locator('.paper')

/** Without what is said about it. */
const pastText = (person) =>
  paper(person).evaluate((element) => {
    const copy = element.cloneNode(true)
    for (const aside of copy.querySelectorAll('.aside, .change-chip')) aside.remove()
    return copy.textContent
  })

async function shows(person, words) {
  await person.until(`the past to show "${words}"`, async () => {
    const text = await pastText(person)
    return text.includes(words) || text
  })
}

async function chooses(person, at, item) {
  await row(person, at).locator('.version-menu').click()
  await person.page.getByRole('menuitem', { name: item }).click()
}

/** All of it at once: however slow the machine is, no pause falls into it. */
async function says(person, words) {
  await person.keyboard.insertText(words)
  await person.sees('saved')
}

/** Ada wrote a line, Grace added words to it, Ada wrote another line: three versions. */
async function threeVersions(name) {
  const ada = await story.person('Ada', { color: '#2b7a3d' })
  const grace = await story.person('Grace', { color: '#9c36b5' })
  await ada.open(name)
  await ada.text.click()
  await says(ada, 'We meet at the station.')
  await versions(ada, name, 1)
  await grace.open(name)
  await grace.goesTo('p')
  await grace.types('{End}')
  await says(grace, ' At nine.')
  await versions(ada, name, 2)
  await ada.goesTo('p')
  await ada.types('{End}{Enter}')
  await says(ada, 'Bring a coat.')
  await versions(ada, name, 3)
  return [ada, grace]
}

test(
  'versions are listed with who wrote them, and what changed is coloured, marked and named',
  OPTIONS,
  async () => {
    const name = story.fresh('history')
    const [ada, grace] = await threeVersions(name)
    const before = await told(ada, name, '/content?format=json')
    await opensHistory(ada)
    await row(ada, 2).waitFor()
    assert.match(await row(ada, 0).innerText(), /Ada/)
    assert.match(await row(ada, 1).innerText(), /Grace/)
    assert.match(await row(ada, 2).innerText(), /Ada/)

    await look(ada, 1)
    await shows(ada, 'We meet at the station. At nine.')
    const added = paper(ada).locator('ins')
    assert.equal(await added.innerText(), ' At nine.')
    assert.equal(await added.getAttribute('title'), 'Added by Grace')
    const colour = await added.evaluate((element) => getComputedStyle(element).backgroundColor)
    assert.notEqual(colour, 'rgba(0, 0, 0, 0)')
    await ada.hears('Added by Grace')
    assert.equal(await paper(ada).getAttribute('contenteditable'), 'false')

    // Grace writes on, and it arrives in the text that is out of sight.
    await grace.types(' Or at ten.')
    await grace.sees('saved')
    assert.ok(!(await paper(ada).innerText()).includes('ten'))
    // Keys that would change a text do nothing to this one.
    await paper(ada).click()
    await ada.types('nonsense{Delete}{Control+b}{Control+z}')
    await ada.page.getByRole('button', { name: 'Back to the text' }).click()
    await ada.reads(['p: We meet at the station. At nine. Or at ten.', 'p: Bring a coat.'])
    assert.notDeepEqual(await told(ada, name, '/content?format=json'), before)
    assert.equal((await told(ada, name, '/content?format=json')).content.length, 2)
    ada.isContent()
    grace.isContent()
  },
)

test('any two are compared', OPTIONS, async () => {
  const name = story.fresh('history')
  const [ada] = await threeVersions(name)
  await opensHistory(ada)
  await look(ada, 0)
  await shows(ada, 'Bring a coat.')
  assert.equal(await paper(ada).locator('ins').count(), 1)
  await chooses(ada, 2, 'Compare with this')
  await ada.until('both additions', async () => {
    const added = await paper(ada).locator('ins').allInnerTexts()
    return JSON.stringify(added) === '[" At nine.","Bring a coat."]' || added
  })
  // One goes from change to change, and round.
  const step = ada.page.locator('.past-step')
  await ada.until(
    'the first change',
    async () => (await step.innerText()).startsWith('1 of 2') || step.innerText(),
  )
  await ada.page.getByRole('button', { name: 'Next change' }).click()
  assert.match(await step.innerText(), /^2 of 2 Added by Ada/)
  await ada.page.getByRole('button', { name: 'Next change' }).click()
  assert.match(await step.innerText(), /^1 of 2 Added by Grace/)
  // The other way round it is the same: the older one is what the newer one came from.
  await ada.page.getByLabel('Shown').selectOption({ index: 3 })
  await ada.page.getByLabel('Compared with').selectOption({ index: 2 })
  await ada.until('Ada’s line only', async () => {
    const added = await paper(ada).locator('ins').allInnerTexts()
    return JSON.stringify(added) === '[" At nine.","Bring a coat."]' || added
  })
  ada.isContent()
})

test(
  'what is not text is named: a task ticked, a heading of another level, a link that leads elsewhere',
  OPTIONS,
  async () => {
    const ada = await story.person('Ada')
    const name = story.fresh('history')
    const put = (content) =>
      fetch(api(ada, name, '/content'), {
        method: 'PUT',
        headers: { 'content-type': 'text/markdown', 'x-cowrite-author': 'Grace' },
        body: content,
      })
    await ada.open(name)
    await ada.text.click()
    await ada.types('x')
    await ada.sees('saved')
    assert.equal(
      (
        await put(
          '## Plan\n\nSee [the map](https://a.example/).\n\n- [ ] tickets\n- [ ] rooms\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n---\n',
        )
      ).status,
      200,
    )
    await versions(ada, name, 1)
    assert.equal(
      (
        await put(
          '# Plan\n\nSee [the map](https://b.example/).\n\n- [x] tickets\n- [ ] food\n- [ ] rooms\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> Said.\n',
        )
      ).status,
      200,
    )
    await versions(ada, name, 2)
    await opensHistory(ada)
    await look(ada, 0)
    await paper(ada).locator('.change-chip').first().waitFor()
    assert.deepEqual(await paper(ada).locator('.change-chip').allInnerTexts(), [
      'Heading 2 → Heading 1',
      'Ticked',
    ])
    assert.equal(
      await paper(ada).locator('a .change-changed').getAttribute('title'),
      'Link: https://a.example/ → https://b.example/',
    )
    assert.deepEqual(await barriers(ada), [])
    ada.isContent()
  },
)

test('a version gets a name, and those with a name are found', OPTIONS, async () => {
  const name = story.fresh('history')
  const [ada] = await threeVersions(name)
  await opensHistory(ada)
  await row(ada, 2).waitFor()
  await chooses(ada, 1, 'Name this version')
  await ada.page.getByLabel('Name of the version').fill('before the coat')
  await ada.types('{Enter}')
  await ada.page.locator('.version.named').waitFor()
  await ada.page.getByRole('button', { name: 'Name it' }).click()
  await ada.page.getByLabel('Name of the version').fill('sent to all')
  await ada.types('{Enter}')
  await ada.page.locator('.version.named').nth(1).waitFor()
  await ada.page.getByLabel('Only versions with a name').check()
  const names = await ada.page.locator('.version-day .version-title b').allInnerTexts()
  assert.deepEqual(names, ['sent to all', 'before the coat'])
  const kept = (await told(ada, name, '/versions')).versions.map((version) => version.name)
  assert.ok(kept.includes('before the coat') && kept.includes('sent to all'))
  ada.isContent()
})

test('a version is restored while somebody types, and that is undone', OPTIONS, async () => {
  const name = story.fresh('history')
  const [ada, grace] = await threeVersions(name)
  await opensHistory(ada)
  await look(ada, 2)
  await shows(ada, 'We meet at the station.')
  await grace.goesTo('p')
  const typing = grace.types('Please: ')
  await ada.page.getByRole('button', { name: 'Restore', exact: true }).click()
  await ada.hears('Everybody who has it open sees that at once.')
  await typing
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click()
  await ada.hears('Restored:')
  await grace.reads(['p: We meet at the station.'])
  await grace.types('Now: ')
  await grace.sees('saved')
  await ada.page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
  await ada.hears('as it was before')
  await ada.reads(['p: Please: We meet at the station. At nine.', 'p: Bring a coat.'])
  await grace.reads(['p: Please: We meet at the station. At nine.', 'p: Bring a coat.'])
  ada.isContent()
  grace.isContent()
})

test('a film shows how it was written', OPTIONS, async () => {
  const name = story.fresh('history')
  const ada = await story.person('Ada')
  await ada.open(name)
  await ada.text.click()
  for (const word of ['We', ' meet', ' at', ' the', ' station.']) {
    await says(ada, word)
    await ada.page.waitForTimeout(300)
  }
  await versions(ada, name, 1)
  await says(ada, ' At nine.')
  await versions(ada, name, 2)
  await opensHistory(ada)
  await row(ada, 1).waitFor()
  await ada.page.getByRole('button', { name: /Speed/ }).click()
  await ada.page.evaluate(() => {
    window.seen = new Set()
    new MutationObserver(() => {
      const paper = document.querySelector('.paper')
      if (paper !== null) window.seen.add(paper.textContent)
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
  await ada.page.getByRole('button', { name: 'Play how it was written' }).click()
  let seen = []
  await ada.until('the end of the film', async () => {
    seen = await ada.page.evaluate(() => [...window.seen])
    return seen.includes('We meet at the station. At nine.') || seen
  })
  await ada.page.locator('.past-sheet').waitFor({ state: 'detached' })
  assert.ok(seen.includes('We meet at the station.'), JSON.stringify(seen))
  const partly = seen.filter((text) => text !== '' && 'We meet at the station.'.startsWith(text.trim()))
  assert.ok(partly.length > 2, `it was seen growing: ${JSON.stringify(seen)}`)
  // The slider goes to any moment by the keyboard.
  await ada.page.getByRole('slider').focus()
  await ada.types('{Home}')
  await paper(ada).waitFor()
  await ada.types('{End}')
  await ada.reads(['p: We meet at the station. At nine.'])
  // A moment that nobody made a version of comes back as well, and what was there before it.
  await ada.types('{Home}{ArrowRight}{ArrowRight}{ArrowRight}')
  await paper(ada).waitFor()
  await ada.until(
    'nothing on its way',
    async () => (await ada.page.locator('.past-sheet').getAttribute('aria-busy')) === 'false',
  )
  const then = await paper(ada).innerText()
  assert.ok('We meet at the station.'.startsWith(then.trim()), then)
  await ada.page.getByRole('button', { name: 'Restore', exact: true }).click()
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click()
  await ada.hears('Restored:')
  await ada.reads([`p: ${then}`])
  await ada.page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
  await ada.reads(['p: We meet at the station. At nine.'])
  ada.isContent()
})

/** A line, a pause that is longer than all before it, and more words: two states, and no version. */
async function twoStates(name) {
  const ada = await calm.person('Ada')
  const since = Date.now()
  await ada.open(name)
  await ada.text.click()
  await says(ada, 'The old garden.')
  // Moments are taken evenly: of a pause that is half of the life some are.
  await ada.page.waitForTimeout(1000 + Date.now() - since)
  await ada.goesTo('p')
  await ada.types('{End}')
  await says(ada, ' It is large.')
  await opensHistory(ada)
  return ada
}

const slider = (person) => person.page.getByRole('slider')
const changed = (person) => person.page.getByLabel('Show what changed')

/** What is looked at is there: the slider passes some moments without asking for them. */
const arrives = (person) =>
  person.until(
    'nothing on its way',
    async () => (await person.page.locator('.past-sheet').getAttribute('aria-busy')) === 'false',
  )

/** Goes back by the slider until the text was the first line only. */
async function slidesBack(person) {
  await slider(person).focus()
  for (let step = 0; step < 14; step++) {
    await person.types('{ArrowLeft}')
    await arrives(person)
    if ((await pastText(person)) === 'The old garden.') return
  }
  assert.fail(`there was no moment of the first line; the last: ${await pastText(person)}`)
}

/** A moment was restored by a `PUT` of what its JSON said, in which no word had the comment that
 * came later: the words stood there unchanged, and their thread said that they were deleted. */
test('a moment is restored, and words that stay keep their comments', OPTIONS, async () => {
  const name = calm.fresh('history')
  const threads = async (person) => (await told(person, name, '/comments')).comments
  const ada = await twoStates(name)
  const body = JSON.stringify({ text: 'Which?', find: 'garden', by: 'Grace' })
  const said = await fetch(api(ada, name, '/comments'), { method: 'POST', body })
  assert.equal(said.status, 201)
  await ada.text.locator('.comment').waitFor()
  const words = async (expected) => {
    await ada.reads([`p: ${expected}`])
    await ada.sees('saved')
    assert.equal(await ada.text.locator('.comment').innerText(), 'garden')
    assert.deepEqual(
      (await threads(ada)).map((thread) => thread.words),
      ['garden'],
    )
  }
  await slidesBack(ada)
  await ada.page.getByRole('button', { name: 'Restore', exact: true }).click()
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click()
  await ada.hears('Restored:')
  await words('The old garden.')
  await ada.page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
  await words('The old garden. It is large.')
  ada.isContent()
})

/** Without a version yet, the text was compared with the millisecond after the document was made: before
 * its first letter the document "did not exist", or the first letters were already there. */
for (const isMade of [false, true])
  test(
    `all of a new document is shown as added, ${isMade ? 'made before its first letter' : 'made by it'}`,
    OPTIONS,
    async () => {
      const name = calm.fresh('history')
      const ada = await calm.person('Ada')
      if (isMade) {
        const body = JSON.stringify({ name })
        const made = await fetch(`${ada.wire.url}/api/documents`, { method: 'POST', body })
        assert.equal(made.status, 201)
      }
      await ada.open(name)
      await ada.text.click()
      await says(ada, 'We meet at the station.')
      await opensHistory(ada)
      await changed(ada).check()
      await paper(ada).locator('ins').waitFor()
      assert.deepEqual(await paper(ada).locator('ins').allInnerTexts(), ['We meet at the station.'])
      assert.equal(await ada.page.locator('.history-trouble').count(), 0)
      assert.ok(await changed(ada).isChecked())
      ada.isContent()
    },
  )

/** The slider unticked "Show what changed" without a word. */
test('what changed is shown of every moment that the slider comes to', OPTIONS, async () => {
  const ada = await twoStates(calm.fresh('history'))
  const asked = []
  ada.page.on('request', (request) => {
    if (request.url().includes('/diff?')) asked.push(request.url())
  })
  const added = async (expected) => {
    await ada.until(`added: ${expected}`, async () => {
      const now = await paper(ada).locator('ins').allInnerTexts()
      return now.join() === expected || now
    })
    assert.ok(await changed(ada).isChecked())
    assert.equal(await ada.page.locator('.history-trouble').count(), 0)
  }
  await changed(ada).check()
  await added('The old garden. It is large.')
  await slidesBack(ada)
  await added('The old garden.')
  await ada.types('{Home}')
  await arrives(ada)
  assert.ok(await changed(ada).isChecked())
  await ada.types('{End}')
  await added('The old garden. It is large.')

  // Drawn over all moments at once, it asks for the last of them: here all come between two looks at the clock.
  await arrives(ada)
  asked.length = 0
  await slider(ada).evaluate((input) => {
    const last = Number(input.max)
    for (let round = 0; round < 20; round++)
      for (let place = 0; place <= last; place++) {
        input.value = String(last - place)
        input.dispatchEvent(new Event('input', { bubbles: true }))
      }
    input.value = '1'
    input.dispatchEvent(new Event('input', { bubbles: true }))
  })
  await ada.until('the first moment', async () => (await slider(ada).inputValue()) === '1')
  await arrives(ada)
  assert.ok(asked.length <= 1, asked.join('\n'))
  assert.ok(await changed(ada).isChecked())

  // What is not asked for does not come by the slider.
  await ada.page.getByRole('button', { name: 'Back to the text' }).click()
  assert.ok(!(await changed(ada).isChecked()))
  await slidesBack(ada)
  assert.ok(!(await changed(ada).isChecked()))
  assert.equal(await paper(ada).locator('ins').count(), 0)
  ada.isContent()
})

test('a copy of a version is a document of its own', OPTIONS, async () => {
  const name = story.fresh('history')
  const [ada] = await threeVersions(name)
  await opensHistory(ada)
  await row(ada, 2).waitFor()
  await chooses(ada, 1, 'Make a copy')
  await ada.page.locator('.toast').getByRole('button', { name: 'Open it' }).click()
  await ada.text.waitFor()
  await ada.reads(['p: We meet at the station. At nine.'])
  assert.ok(!ada.page.url().includes(name))
  ada.isContent()
})

// It had the marks of the comments, whose threads another document has.
test('a copy of a version has its words without their comments', OPTIONS, async () => {
  const name = story.fresh('history')
  const posts = async (path, body) => {
    const answer = await fetch(`http://127.0.0.1:${story.server.port}/api/documents${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.ok(answer.ok, await answer.clone().text())
    return answer.json()
  }
  await posts('', { name, format: 'markdown', content: 'We meet **here**.' })
  await posts(`/${name}/comments`, { find: 'here', text: 'Where?' })
  await posts(`/${name}/versions`, { name: 'spoken of' })
  const ada = await story.person('Ada')
  await ada.open(name)
  await opensHistory(ada)
  const version = ada.page.locator('.version', { hasText: 'spoken of' })
  await version.locator('.version-menu').click()
  await ada.page.getByRole('menuitem', { name: 'Make a copy' }).click()
  await ada.page.locator('.toast').getByRole('button', { name: 'Open it' }).click()
  await ada.page.waitForURL((url) => !url.pathname.includes(name))
  await ada.reads(['p: We meet here.'])
  assert.equal(await ada.text.locator('strong').textContent(), 'here')
  assert.equal(await ada.text.locator('.comment').count(), 0)
  ada.isContent()
})

test('whose words are whose is seen', OPTIONS, async () => {
  const name = story.fresh('history')
  const [ada] = await threeVersions(name)
  await opensHistory(ada)
  await ada.page.getByLabel('Show who wrote what').check()
  const tints = paper(ada).locator('.tint')
  await tints.first().waitFor()
  assert.deepEqual(
    await tints.evaluateAll((all) =>
      all.map((tint) => [tint.textContent, tint.title, tint.style.getPropertyValue('--person')]),
    ),
    [
      ['We meet at the station.', 'Ada', '#2b7a3d'],
      [' At nine.', 'Grace', '#9c36b5'],
      ['Bring a coat.', 'Ada', '#2b7a3d'],
    ],
  )
  assert.deepEqual(
    await ada.page.getByRole('list', { name: 'Who wrote this' }).getByRole('listitem').allInnerTexts(),
    ['Ada', 'Grace'],
  )
  ada.isContent()
})

test(
  'who comes back is told what others changed, and nobody is told of their own words',
  OPTIONS,
  async () => {
    const name = story.fresh('history')
    const [ada, grace] = await threeVersions(name)
    await ada.goHome()
    await grace.goesTo('p')
    await grace.types('{End} Or at ten.')
    await grace.sees('saved')
    await ada.open(name)
    await ada.hears('Grace changed this since you were here')
    await ada.page.getByRole('button', { name: 'See what' }).click()
    await paper(ada).locator('ins').waitFor()
    assert.deepEqual(await paper(ada).locator('ins').allInnerTexts(), [' Or at ten.'])
    await ada.page.getByRole('button', { name: 'Back to the text' }).click()

    await grace.goHome()
    await grace.open(name)
    await grace.page.waitForTimeout(600)
    assert.equal(await grace.page.locator('.banner.since').count(), 0)
    ada.isContent()
    grace.isContent()
  },
)

test('what history cannot tell is said, with what there is to do', OPTIONS, async () => {
  const name = story.fresh('history')
  const [ada] = await threeVersions(name)
  await opensHistory(ada)
  await row(ada, 2).waitFor()
  const gone = (route) =>
    route.fulfill({
      status: 410,
      contentType: 'application/json',
      body: '{"error":{"code":"history_gone","message":"history is kept from 2026-01-01T00:00:00Z on"}}',
    })
  await ada.page.route('**/diff?**', gone)
  // The bug: the moment that was chosen was blamed where that which it is compared with was missing.
  await look(ada, 1)
  await ada.hears('What it is compared with cannot be shown')
  await ada.hears('This moment is not kept any more.')
  await ada.page.route('**/content?**', gone)
  await ada.page.locator('.past-sheet').getByRole('button', { name: 'Try again' }).click()
  await ada.hears('This moment cannot be shown')
  await ada.page.unroute('**/content?**')
  await ada.page.unroute('**/diff?**')
  await ada.page.locator('.past-sheet').getByRole('button', { name: 'Try again' }).click()
  await shows(ada, 'At nine.')
  ada.isContent(/Failed to load resource/)
})

for (const colorScheme of ['light', 'dark'])
  test(
    `the history has no barriers in ${colorScheme} colours, on a desk and on a phone`,
    OPTIONS,
    async () => {
      const name = story.fresh('history')
      await threeVersions(name)
      const mary = await story.person('Mary', { colorScheme, color: '#c2255c' })
      await mary.open(name)
      await mary.page.getByRole('button', { name: /^History/ }).click()
      await row(mary, 0).waitFor()
      assert.deepEqual(await barriers(mary), [])
      await look(mary, 1)
      await paper(mary).locator('ins').waitFor()
      assert.deepEqual(await barriers(mary), [])
      await mary.page.getByLabel('Show who wrote what').check()
      await paper(mary).locator('.tint').first().waitFor()
      assert.deepEqual(await barriers(mary), [])

      const phone = await story.person('Paul', {
        colorScheme,
        viewport: { width: 390, height: 844 },
        isMobile: true,
        hasTouch: true,
      })
      await phone.open(name)
      await phone.page.getByRole('button', { name: 'More', exact: true }).click()
      await phone.page.getByRole('menuitem', { name: /History/ }).click()
      await row(phone, 1).waitFor()
      await look(phone, 1)
      await paper(phone).locator('ins').waitFor()
      assert.deepEqual(await barriers(phone), [])
      assert.ok(await phone.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
      await phone.page.getByRole('button', { name: 'Back to the text' }).click()
      await phone.reads(['p: We meet at the station. At nine.', 'p: Bring a coat.'])
      mary.isContent()
      phone.isContent()
    },
  )
