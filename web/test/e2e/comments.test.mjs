// Comments: threads about words, by several people at once.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers } from './barriers.mjs'
import { Story } from './story.mjs'

let story
before(async () => {
  story = await Story.begin()
})
after(() => story.end())

/** Selects letters of a block. */
async function selects(person, block, from, count) {
  await person.goesTo(block, from)
  await person.types('{Shift+ArrowRight}'.repeat(count))
}

async function comments(person, block, from, count, text) {
  await selects(person, block, from, count)
  await person.types('{Control+Alt+m}')
  const field = person.page.getByRole('textbox', { name: 'Write a comment' })
  await field.waitFor()
  await person.until('the caret in the field', () =>
    field.evaluate((element) => element === document.activeElement),
  )
  await person.types(`${text}{Control+Enter}`)
  await field.waitFor({ state: 'detached' })
}

/** The words that have a thread, and whether they are tinted. */
const marked = (person) =>
  person.text.evaluate((root) =>
    [...root.querySelectorAll('.comment')].map((element) => [
      element.textContent,
      getComputedStyle(element).backgroundColor !== 'rgba(0, 0, 0, 0)',
    ]),
  )

async function marks(person, expected) {
  const wanted = JSON.stringify(expected)
  await person.until(`marks ${wanted}`, async () => {
    const now = await marked(person)
    return JSON.stringify(now) === wanted || now
  })
}

const cards = (person) => person.page.locator('.card:not(.draft)')
const opensPanel = (person) => person.page.getByRole('button', { name: /^Comments/ }).click()

async function look(person, name) {
  const folder = process.env.COWRITE_LOOK
  if (folder) await person.page.screenshot({ path: `${folder}/${name}.png` })
}

/** A document with these paragraphs, and the people at it. */
async function meet(paragraphs, ...names) {
  const document = story.fresh('comments')
  const people = []
  for (const [index, name] of names.entries()) {
    const person = await story.person(name, { color: ['#1a6fc4', '#c2255c', '#2b7a3d'][index] })
    await person.open(document)
    if (index === 0) {
      await person.text.click()
      await person.types(paragraphs.join('{Enter}'))
      await person.sees('saved')
    }
    people.push(person)
  }
  return { document, people }
}

test('two people talk about words: made, answered, resolved, opened again', async () => {
  const { document, people } = await meet(['The garden is large.', 'The house is small.'], 'Ada', 'Grace')
  const [ada, grace] = people
  await comments(ada, 'p', 4, 6, 'Which garden?')
  await marks(ada, [['garden', true]])
  await marks(grace, [['garden', true]])
  // It stands beside its words, and waits to be looked at.
  const card = cards(grace).first()
  await card.getByText('Which garden?').waitFor()
  await grace.page.getByRole('button', { name: 'Comments, 1 open, 1 new' }).waitFor()
  const [words, box] = [await grace.text.locator('.comment').boundingBox(), await card.boundingBox()]
  assert.ok(Math.abs(words.y - box.y) < 40, `card at ${box.y}, words at ${words.y}`)
  assert.ok(box.x > words.x + words.width)
  await grace.text.locator('.comment').click()
  await card.getByRole('textbox', { name: 'Reply' }).click()
  await grace.page.getByRole('button', { name: 'Comments, 1 open', exact: true }).waitFor()
  await grace.types('The one behind the house.{Control+Enter}')
  await cards(ada).first().getByText('The one behind the house.').waitFor()
  await ada.page.getByRole('button', { name: 'Comments, 1 open', exact: true }).waitFor()
  await ada.hears('Grace commented: The one behind the house.')
  assert.deepEqual(await barriers(ada), [])

  await cards(ada).first().getByRole('button', { name: 'Resolve' }).click()
  await marks(grace, [['garden', false]])
  await cards(grace).first().waitFor({ state: 'detached' })
  await opensPanel(grace)
  await grace.page.getByText('No open comments').waitFor()
  await grace.page.getByRole('button', { name: /^Resolved/ }).click()
  await grace.hears(/Resolved by Ada/)
  assert.deepEqual(await barriers(grace), [])
  await cards(grace).first().getByRole('button', { name: 'Reopen' }).click()
  await marks(ada, [['garden', true]])

  await ada.sees('saved')
  await ada.open(document)
  await cards(ada).first().getByText('Which garden?').waitFor()
  await marks(ada, [['garden', true]])
  ada.isContent()
  grace.isContent()
})

test('one changes and deletes what one wrote oneself, and nothing else', async () => {
  const { people } = await meet(['Words to speak about.'], 'Ada', 'Grace')
  const [ada, grace] = people
  await comments(ada, 'p', 0, 5, 'First')
  await cards(grace).first().click()
  assert.equal(await cards(grace).getByRole('button', { name: 'Edit or delete this comment' }).count(), 0)
  await cards(grace).getByRole('textbox', { name: 'Reply' }).click()
  await grace.types('Secnod{Control+Enter}')
  const own = cards(grace).getByRole('button', { name: 'Edit or delete this comment' })
  await own.click()
  await grace.page.getByRole('menuitem', { name: 'Edit' }).click()
  await grace.page.getByRole('textbox', { name: 'Edit' }).fill('Second')
  await grace.types('{Control+Enter}')
  await cards(ada).first().getByText('Second', { exact: true }).waitFor()
  await cards(ada).first().getByText('edited').waitFor()
  await own.click()
  await grace.page.getByRole('menuitem', { name: 'Delete' }).click()
  await cards(ada).first().getByText('Second', { exact: true }).waitFor({ state: 'detached' })
  // The last message takes its thread along, and the mark.
  await cards(ada).getByRole('button', { name: 'Edit or delete this comment' }).click()
  await ada.page.getByRole('menuitem', { name: 'Delete' }).click()
  await marks(grace, [])
  await cards(grace).first().waitFor({ state: 'detached' })
  ada.isContent()
  grace.isContent()
})

test('what is typed at the edge of commented words is not part of them; in the middle it is', async () => {
  const { people } = await meet(['one two three'], 'Ada')
  const [ada] = people
  await comments(ada, 'p', 4, 3, 'two?')
  await ada.goesTo('p', 7)
  await ada.types('X')
  await marks(ada, [['two', true]])
  await ada.goesTo('p', 4)
  await ada.types('Y')
  await marks(ada, [['two', true]])
  await ada.goesTo('p', 6)
  await ada.types('Z')
  await marks(ada, [['tZwo', true]])
  await ada.reads(['p: one YtZwoX three'])
  // A line that is broken within them leaves both halves with the thread.
  await ada.goesTo('p', 6)
  await ada.types('{Enter}')
  await marks(ada, [
    ['t', true],
    ['Zwo', true],
  ])
  assert.equal(await cards(ada).count(), 1)
})

test('words that are deleted leave their thread in the panel; undo brings back words, not comments', async () => {
  const { people } = await meet(['Keep this. Lose that.'], 'Ada', 'Grace')
  const [ada, grace] = people
  await comments(ada, 'p', 11, 4, 'Why lose it?')
  await selects(ada, 'p', 11, 10)
  await ada.types('{Delete}')
  await marks(grace, [])
  await opensPanel(grace)
  const card = cards(grace).first()
  await card.getByText('The words were deleted.').waitFor()
  await card.getByText('Lose', { exact: true }).waitFor()
  await ada.types('{Control+z}')
  await marks(grace, [['Lose', true]])
  await card.getByText('The words were deleted.').waitFor({ state: 'detached' })
  // Whatever is undone: the comment is not text.
  await ada.types('{Control+z}{Control+z}{Control+z}')
  await ada.sees('saved')
  assert.equal(await cards(grace).count(), 1)
  await card.getByText('Why lose it?').waitFor()
})

test('a program comments, resolves and rewrites while somebody looks', async () => {
  const { document, people } = await meet(['We ship in May.'], 'Ada')
  const [ada] = people
  const at = `${ada.wire.url}/api/documents/${document}`
  const asks = async (path, method, body, type = 'application/json') => {
    const answer = await fetch(`${at}${path}`, {
      method,
      body,
      headers: { 'content-type': type, 'x-cowrite-author': 'robot' },
    })
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
    return answer.json()
  }
  const { id } = await asks('/comments', 'POST', JSON.stringify({ text: 'Which May?', find: 'in May' }))
  await marks(ada, [['in May', true]])
  await cards(ada).first().getByText('Which May?').waitFor()
  await cards(ada).first().getByText('robot').waitFor()
  await asks('/content', 'PUT', 'At last we ship in late May.\n', 'text/markdown')
  await ada.reads(['p: At last we ship in late May.'])
  await marks(ada, [['in late May', true]])
  await asks(`/comments/${id}`, 'PATCH', JSON.stringify({ resolved: true }))
  await marks(ada, [['in late May', false]])
  ada.isContent()
})

// The bug: in each pause of typing all cards were given the places they had already. The browser styled,
// laid out and composed them anew for it: with a hundred threads, a third of what a key costs.
test('a card that stays where it is, is not touched while one types', async () => {
  const { people } = await meet(['One word of many.', 'Second.'], 'Ada')
  const [ada] = people
  await comments(ada, 'p >> nth=0', 4, 4, 'Which?')
  const card = cards(ada).first()
  await ada.until('the card has its place', () =>
    card.evaluate((element) => getComputedStyle(element).visibility === 'visible'),
  )
  await ada.goesTo('p >> nth=1', 7)
  await ada.until('nobody looks at the card', () =>
    card.evaluate((element) => !element.classList.contains('looked')),
  )
  await ada.page.evaluate(() => {
    window.touched = 0
    new MutationObserver((records) => {
      window.touched += records.length
    }).observe(document.querySelector('.margin'), {
      attributes: true,
      attributeFilter: ['style'],
      subtree: true,
    })
  })
  const found = () => ada.page.evaluate(() => window.touched)
  for (let word = 0; word < 5; word++) {
    await ada.types(' more')
    await ada.page.waitForTimeout(400)
  }
  assert.equal(await found(), 0)
  // A line above it moves it, so that the watch is not blind.
  await ada.goesTo('p >> nth=0')
  await ada.types('{Enter}')
  await ada.until('the card follows its words', async () => (await found()) > 0)
})

test('words that are moved keep their thread, a copy of them has none, and strange marks are dropped', async () => {
  const { people } = await meet(['alpha beta', 'gamma'], 'Ada', 'Grace')
  const [ada, grace] = people
  await ada.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await comments(ada, 'p', 6, 4, 'beta?')
  await selects(ada, 'p', 6, 4)
  await ada.types('{Control+c}')
  await ada.goesTo('p:nth-of-type(2)', 5)
  await ada.types('{Control+v}')
  await ada.reads(['p: alpha beta', 'p: gammabeta'])
  await marks(ada, [['beta', true]])
  await selects(ada, 'p', 6, 4)
  await ada.types('{Control+x}')
  await marks(ada, [])
  await ada.goesTo('p:nth-of-type(2)', 0)
  await ada.types('{Control+v}')
  await ada.reads(['p: alpha ', 'p: betagammabeta'])
  await marks(grace, [['beta', true]])
  // From another document: its thread is not here.
  const { people: others } = await meet(['elsewhere'], 'Mary')
  const [mary] = others
  await mary.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await comments(mary, 'p', 0, 4, 'else?')
  await selects(mary, 'p', 0, 4)
  await mary.types('{Control+c}')
  const html = await mary.page.evaluate(async () => {
    const [item] = await navigator.clipboard.read()
    return (await item.getType('text/html')).text()
  })
  assert.match(html, /data-comment/)
  await grace.goesTo('p', 0)
  await grace.page.evaluate((markup) => {
    const data = new DataTransfer()
    data.setData('text/html', markup)
    const paste = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
    document.querySelector('.text').dispatchEvent(paste)
  }, html)
  await grace.reads(['p: elsealpha ', 'p: betagammabeta'])
  await marks(grace, [['beta', true]])
})

test('somebody else writes and breaks lines while a comment is written: it lands on the same words', async () => {
  const { people } = await meet(['first line', 'the words that matter'], 'Ada', 'Grace')
  const [ada, grace] = people
  await selects(ada, 'p:nth-of-type(2)', 4, 5)
  await ada.types('{Control+Alt+m}')
  await ada.page.getByRole('textbox', { name: 'Write a comment' }).waitFor()
  await grace.goesTo('p', 0)
  await grace.types('More before the {Enter}')
  await grace.goesTo('p:nth-of-type(3)', 0)
  await grace.types('and ')
  await ada.reads(['p: More before the ', 'p: first line', 'p: and the words that matter'])
  await ada.types('These?{Control+Enter}')
  await marks(grace, [['words', true]])
})

test('threads may lie upon each other; each click goes one further', async () => {
  const { people } = await meet(['one two three four'], 'Ada')
  const [ada] = people
  await comments(ada, 'p', 0, 13, 'outer')
  await comments(ada, 'p', 4, 3, 'inner')
  await marks(ada, [
    ['one two three', true],
    ['two', true],
  ])
  const looked = () => ada.page.locator('.card.looked .said-text').allTextContents()
  const two = ada.text.locator('.comment .comment')
  await two.click()
  const first = await looked()
  // Sooner, it would be a double click, which selects a word.
  await ada.page.waitForTimeout(800)
  await two.click()
  const second = await looked()
  assert.deepEqual([...first, ...second].sort(), ['inner', 'outer'])
})

test('by keyboard alone: to the comment, into the card, out of it', async () => {
  const { people } = await meet(['some words here'], 'Ada')
  const [ada] = people
  await comments(ada, 'p', 5, 5, 'Hm')
  await ada.goesTo('p', 7)
  await ada.types('{Control+Alt+m}')
  await ada.until('the focus on the card', () =>
    ada.page.evaluate(() => document.activeElement?.matches('article.card') === true),
  )
  await ada.types('{Escape}')
  await ada.until('the focus in the text', () =>
    ada.page.evaluate(() => document.activeElement?.matches('.text') === true),
  )
  // A comment that is not written is none, and its words stay selected.
  await selects(ada, 'p', 0, 4)
  await ada.types('{Control+Alt+m}')
  await ada.page.getByRole('textbox', { name: 'Write a comment' }).waitFor()
  await ada.types('never{Escape}')
  await ada.page.getByRole('textbox', { name: 'Write a comment' }).waitFor({ state: 'detached' })
  assert.equal(await ada.page.evaluate(() => getSelection().toString()), 'some')
  await marks(ada, [['words', true]])
})

// What one was writing went with its field: when the window became narrow, when somebody else resolved
// the thread, and when they deleted it.
test('what is being written in a thread stays, whatever others and the window do', async () => {
  const { people } = await meet(['Words to speak about.', 'And others.'], 'Ada', 'Grace')
  const [ada, grace] = people
  await comments(ada, 'p', 0, 5, 'First')
  await cards(grace).first().click()
  const field = grace.page.getByRole('textbox', { name: 'Reply' })
  await field.click()
  await grace.types('Half a')
  await grace.page.setViewportSize({ width: 700, height: 900 })
  await grace.page.getByRole('complementary', { name: 'Comments' }).locator('.filter').waitFor()
  await grace.until('the caret in the field', () =>
    field.evaluate((element) => element === document.activeElement),
  )
  await grace.types(' thought')
  assert.equal(await field.inputValue(), 'Half a thought')

  await cards(ada).first().click()
  await ada.page.getByRole('button', { name: 'Resolve' }).click()
  await cards(grace).getByText('Resolved by Ada').waitFor()
  assert.equal(await field.inputValue(), 'Half a thought')
  await look(grace, 'resolved-under')
  await grace.page.setViewportSize({ width: 1400, height: 900 })
  await grace.page.getByRole('button', { name: 'Reply and reopen' }).click()
  await marks(ada, [['Words', true]])
  await cards(ada).getByText('1 reply').waitFor()

  // Grace's own goes, Ada's is the last; Grace writes on.
  await grace.page.getByRole('button', { name: 'Edit or delete this comment' }).click()
  await grace.page.getByRole('menuitem', { name: 'Delete' }).click()
  await field.click()
  await grace.types('Another')
  await cards(ada).getByRole('button', { name: 'Edit or delete this comment' }).click()
  await ada.page.getByRole('menuitem', { name: 'Delete' }).click()
  await cards(ada).first().waitFor({ state: 'detached' })
  await cards(grace).getByText('This comment was deleted meanwhile.').waitFor()
  assert.equal(await field.inputValue(), 'Another')
  await look(grace, 'deleted-under')
  assert.deepEqual(await barriers(grace), [])
  await grace.page.getByRole('button', { name: 'Reply and reopen' }).click()
  await opensPanel(ada)
  await cards(ada).getByText('Another').waitFor()
  await cards(ada).getByText('The words were deleted.').waitFor()
  ada.isContent()
  grace.isContent()
})

test('on a phone words lead to the panel, and nothing sticks out', async () => {
  const { document, people } = await meet(['On a phone there is little room.'], 'Ada')
  const [ada] = people
  await comments(ada, 'p', 5, 5, 'Which phone?')
  await ada.sees('saved')
  const phone = await story.person('Mary', {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  })
  await phone.open(document)
  await phone.text.locator('.comment').tap()
  const chip = phone.page.getByRole('button', { name: /Which phone\?/ })
  await chip.waitFor()
  assert.deepEqual(await barriers(phone), [])
  await chip.tap()
  await phone.page.getByRole('complementary', { name: 'Comments' }).waitFor()
  await phone.page.getByRole('textbox', { name: 'Reply' }).tap()
  await phone.types('This one')
  await phone.page.getByRole('button', { name: 'Reply' }).tap()
  await cards(ada).first().getByText('This one').waitFor()
  assert.deepEqual(await barriers(phone), [])
  assert.ok(
    (await phone.page.evaluate(() => globalThis.document.documentElement.scrollWidth - innerWidth)) <= 0,
  )
  phone.isContent()
})

for (const colorScheme of ['light', 'dark'])
  test(`cards and the draft have no barriers in ${colorScheme} colours`, async () => {
    const name = story.fresh('barriers')
    const ada = await story.person('Ada', { colorScheme })
    await ada.open(name)
    await ada.text.click()
    await ada.types('Some words to look at.')
    await comments(ada, 'p', 5, 5, 'Look')
    await selects(ada, 'p', 11, 2)
    await ada.types('{Control+Alt+m}')
    await ada.page.getByRole('textbox', { name: 'Write a comment' }).waitFor()
    assert.deepEqual(await barriers(ada), [])
    await ada.types('{Escape}')
    await opensPanel(ada)
    await ada.page.getByRole('complementary', { name: 'Comments' }).waitFor()
    assert.deepEqual(await barriers(ada), [])
    ada.isContent()
  })

// On a phone the caret was taken out of the field in which a comment is begun; and one that was just made said for a
// moment that its words were deleted: where they are was looked for in the pauses of the writing only.
test('a comment on a phone: one types at once, and its words are not lost', async () => {
  const ada = await story.person('Ada', {
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
  })
  await ada.open(story.fresh('words'))
  await ada.text.click()
  await ada.types('The garden is large.')
  await ada.sees('saved')
  await ada.page.evaluate(() => {
    window.lost = 0
    new MutationObserver(() => {
      if (document.querySelector('.card-words.gone')) window.lost += 1
    }).observe(document.body, { childList: true, subtree: true })
  })
  await comments(ada, 'p', 4, 6, 'Which garden?')
  await ada.page.locator('button.card-words').waitFor()
  assert.equal(await ada.page.evaluate(() => window.lost), 0)

  // There was no button for it, only keys that a phone has not.
  await ada.page.getByRole('button', { name: 'Close' }).first().click()
  await selects(ada, 'p', 14, 5)
  await ada.page.getByRole('toolbar').getByRole('button', { name: 'Comment', exact: true }).click()
  await ada.page.getByRole('textbox', { name: 'Write a comment' }).waitFor()
  ada.isContent()
})

// Its draft moved to the words that were selected next, and was posted there; what one typed replaced those.
test('a comment that is being written keeps its words when others are selected', async () => {
  const { people } = await meet(['alpha and bravo'], 'Ada')
  const [ada] = people
  await selects(ada, 'p', 0, 5)
  await ada.types('{Control+Alt+m}')
  const field = ada.page.getByRole('textbox', { name: 'Write a comment' })
  await field.fill('about alpha')
  await selects(ada, 'p', 10, 5)
  await ada.types('{Control+Alt+m}')
  await ada.until('the focus in the field', () => field.evaluate((it) => it === document.activeElement))
  await ada.types(', the first{Control+Enter}')
  await marks(ada, [['alpha', true]])
  await ada.reads(['p: alpha and bravo'])
})

// Its card went to the top of the document, out of sight, with the field that one was typing in, and nothing was said.
test('a comment that is being written stays where its words were when somebody deletes them', async () => {
  const lines = Array.from({ length: 12 }, (_, at) => `line ${at}`)
  const { people } = await meet([...lines, 'words to go'], 'Ada', 'Grace')
  const [ada, grace] = people
  await selects(ada, 'p >> nth=12', 0, 5)
  await ada.types('{Control+Alt+m}')
  const field = ada.page.getByRole('textbox', { name: 'Write a comment' })
  await field.waitFor()
  await ada.until('the caret in the field', () =>
    field.evaluate((element) => element === document.activeElement),
  )
  await ada.types('Which')
  const draft = ada.page.locator('.margin .card.draft')
  const top = async () => (await draft.boundingBox()).y
  const before = await top()
  await grace.goesTo('p >> nth=12')
  await grace.types('{Shift+End}{Delete}{Backspace}')
  await draft.getByText('The words were deleted.').waitFor()
  await ada.types(' ones?')
  assert.equal(await field.inputValue(), 'Which ones?')
  await ada.until('the card at its place', async () => Math.abs((await top()) - before) < 60 || (await top()))
  for (const person of people) person.isContent()
})
