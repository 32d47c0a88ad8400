// Suggesting instead of editing: what is proposed, by whom, and what comes of it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers } from './barriers.mjs'
import { limitsUpload, pastesFiles, png } from './pictures.mjs'
import { BROKEN_LINE, Story } from './story.mjs'

let story
before(async () => {
  story = await Story.begin()
})
after(() => story.end())

/** The blocks with what is proposed in brackets: `[+added+]`, `[-gone-]`, `[±sign of what is to go±]`. */
function readProposals(root) {
  const lines = []
  for (const block of root.querySelectorAll('p, h1, h2, h3, h4, pre')) {
    let line = ''
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node.parentElement.closest('.caret, .code-controls')) continue
      const added = node.parentElement.closest('ins') !== null
      const gone = node.parentElement.closest('del') !== null
      const sign = added && gone ? '±' : added ? '+' : gone ? '-' : ''
      line += sign === '' ? node.data : `[${sign}${node.data}${sign}]`
    }
    lines.push(line.replaceAll('\u2060', '').replace(/([+±-])\]\[\1/g, ''))
  }
  return lines
}

const proposes = (person, expected) =>
  person.until(JSON.stringify(expected), async () => {
    const seen = await person.text.evaluate(readProposals)
    return JSON.stringify(seen) === JSON.stringify(expected) || seen
  })

const suggest = async (person) => {
  await person.types('{Control+Alt+Shift+x}')
  await person.hears('You are suggesting')
}

const bar = (person) => person.page.getByRole('region', { name: 'Suggestions' })

/** Somebody who wrote, and somebody who reads it. */
async function two(words) {
  const document = story.fresh('suggest')
  const ada = await story.person('Ada Lovelace', { color: '#2b7a3d' })
  const grace = await story.person('Grace Hopper', { color: '#9c36b5' })
  await ada.open(document)
  await ada.text.click()
  await ada.types(words)
  await ada.sees('saved')
  await grace.open(document)
  await grace.until('the words', async () => (await grace.text.innerText()).trim() !== '')
  return { document, ada, grace }
}

test('one suggests and the other edits at once; one is accepted, one is rejected', async () => {
  const { document, ada, grace } = await two('The quick fox jumps{Enter}over the dog')
  await grace.goesTo('p:nth-child(1)', 4)
  await suggest(grace)
  await grace.types('{Shift+Control+ArrowRight}slow')
  await proposes(grace, ['The [-quick-][+slow+] fox jumps', 'over the dog'])
  // Whoever writes is not told about it; whoever comes to it is.
  const own = grace.page.getByRole('group', { name: 'Suggestion by Grace Hopper' })
  assert.equal(await own.count(), 0)
  await grace.types('{ArrowLeft}')
  await own.waitFor()
  // By key: the card lies over the next line, where a click may find it.
  await grace.types(`{ArrowDown}{Home}${'{ArrowRight}'.repeat(9)}`)
  await ada.goesTo('p:nth-child(1)', 0)
  await Promise.all([grace.types('lazy '), ada.types('{End} high')])
  const both = ['The [-quick-][+slow+] fox jumps high', 'over the [+lazy +]dog']
  await proposes(ada, both)
  await proposes(grace, both)
  await ada.hears('2 suggestions')

  // Who proposes what is said where the caret is.
  await ada.types('{Control+Alt+Shift+n}')
  const card = ada.page.getByRole('group', { name: 'Suggestion by Grace Hopper' })
  await card.waitFor()
  await ada.types('{Control+Alt+Shift+n}')
  await card.getByText('Replaced: “quick” by “slow”').or(card.getByText('Added: “lazy ”')).first().waitFor()
  await ada.text.locator('ins', { hasText: 'slow' }).hover()
  await card.getByText('Replaced: “quick” by “slow”').waitFor()
  await card.getByRole('button', { name: 'Accept' }).click()
  await proposes(grace, ['The slow fox jumps high', 'over the [+lazy +]dog'])
  await ada.text.locator('ins').hover()
  await card.getByText('Added: “lazy ”').waitFor()
  await card.getByRole('button', { name: 'Reject' }).click()
  await proposes(grace, ['The slow fox jumps high', 'over the dog'])
  // A verdict is an edit: it can be undone.
  await ada.page.waitForTimeout(700)
  await ada.types('{Control+z}')
  await proposes(ada, ['The slow fox jumps high', 'over the [+lazy +]dog'])
  await ada.sees('saved')
  const late = await story.person('Mary Beard')
  await late.open(document)
  await proposes(late, ['The slow fox jumps high', 'over the [+lazy +]dog'])
  for (const person of [ada, grace, late]) person.isContent()
})

test('deleting, joining, splitting: keys propose what they would do', async () => {
  const { ada, grace } = await two('one two{Enter}three four{Enter}five')
  await grace.goesTo('p:nth-child(1)', 7)
  await suggest(grace)
  await grace.types('{Backspace}{Backspace}{Backspace}{Backspace}')
  await proposes(grace, ['one[- two-]', 'three four', 'five'])
  await grace.types('{Backspace}')
  await proposes(grace, ['on[-e two-]', 'three four', 'five'])
  await grace.goesTo('p:nth-child(2)', 0)
  await grace.types('{Delete}{Delete}')
  await proposes(grace, ['on[-e two-]', '[-th-]ree four', 'five'])
  await grace.types('{Control+Delete}')
  await proposes(grace, ['on[-e two-]', '[-three-] four', 'five'])
  // At the start of a block: it becomes one with the block before.
  await grace.goesTo('p:nth-child(3)', 0)
  await grace.types('{Backspace}')
  await proposes(grace, ['on[-e two-]', '[-three-] four[±¶±]', 'five'])
  await grace.goesTo('p:nth-child(3)', 2)
  await grace.types('{Enter}new{Shift+Enter}line')
  await proposes(grace, ['on[-e two-]', '[-three-] four[±¶±]', 'fi[+¶new↵line+]ve'])
  // One's own words vanish.
  await grace.types('{Backspace}{Backspace}{Control+Backspace}{Backspace}')
  await proposes(grace, ['on[-e two-]', '[-three-] four[±¶±]', 'fi[+¶new+]ve'])
  await proposes(ada, ['on[-e two-]', '[-three-] four[±¶±]', 'fi[+¶new+]ve'])
  await bar(ada).getByRole('button', { name: 'Accept all' }).click()
  await ada.reads(['p: on', 'p:  fourfi', 'p: newve'])
  await ada.page.getByRole('button', { name: 'Undo', exact: true }).last().click()
  await proposes(ada, ['on[-e two-]', '[-three-] four[±¶±]', 'fi[+¶new+]ve'])
  await bar(ada).getByRole('button', { name: 'Reject all' }).click()
  await ada.reads(['p: one two', 'p: three four', 'p: five'])
  await grace.reads(['p: one two', 'p: three four', 'p: five'])
  for (const person of [ada, grace]) person.isContent()
})

test('a selection over several blocks, a paste, undo', async () => {
  const { grace } = await two('one two{Enter}three{Enter}four five')
  await grace.goesTo('p:nth-child(1)', 4)
  await suggest(grace)
  await grace.types('{Shift+ArrowDown}{Shift+ArrowDown}{Delete}')
  await proposes(grace, ['one [-two-][±¶±]', '[-three-][±¶±]', '[-four-] five'])
  await grace.page.waitForTimeout(700)
  await grace.types('{Control+z}')
  await proposes(grace, ['one two', 'three', 'four five'])
  await grace.types('{Control+Shift+z}')
  await proposes(grace, ['one [-two-][±¶±]', '[-three-][±¶±]', '[-four-] five'])
  await grace.page.evaluate(() => {
    const data = new DataTransfer()
    data.setData('text/html', '<p>uno <b>due</b></p><p>tre</p>')
    const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
    document.querySelector('.text').dispatchEvent(event)
  })
  const pasted = (await grace.text.evaluate(readProposals)).join(' ')
  assert.match(pasted, /uno due¶tre/)
  assert.equal(await grace.text.locator('ins strong, strong ins').count(), 1)
  await bar(grace).getByRole('button', { name: 'Reject all' }).click()
  await grace.reads(['p: one two', 'p: three', 'p: four five'])
  grace.isContent()
})

test('what cannot be suggested is said, and not done', async () => {
  const { grace } = await two('plain{Enter}- item{Enter}{Enter}{Enter}```{Enter}code{ArrowDown}')
  const was = await grace.blocks()
  await grace.goesTo('p:nth-child(1)', 2)
  await suggest(grace)
  await grace.types('{Control+Alt+1}')
  await grace.hears('This cannot be suggested')
  await grace.text.locator('pre').click()
  await grace.types('x')
  await grace.page.getByRole('button', { name: 'Quote' }).click()
  assert.deepEqual(await grace.blocks(), was)
  // What turns into a block while one edits stays what was typed.
  await grace.goesTo('p:nth-child(1)', 0)
  await grace.types('# ')
  await proposes(grace, ['[+# +]plain', 'item', ...was.slice(2).map((line) => line.replace(/^\w+: ?/, ''))])
  // Bold is proposed as the word in bold.
  await grace.types('{End}{Shift+Control+ArrowLeft}{Control+b}')
  await proposes(grace, [
    '[+# +][-plain-][+plain+]',
    'item',
    ...was.slice(2).map((line) => line.replace(/^\w+: ?/, '')),
  ])
  assert.equal(await grace.text.locator('strong').innerText(), 'plain')
  await bar(grace).getByRole('button', { name: 'Back to editing' }).click()
  await bar(grace).getByRole('button', { name: 'Reject all' }).click()
  await grace.reads(was)
  grace.isContent()
})

test('words that are composed are proposed like others', async () => {
  const { grace } = await two('Tokyo ')
  await grace.goesTo('p', 6)
  await suggest(grace)
  const input = await grace.context.newCDPSession(grace.page)
  for (const text of ['と', 'とう', 'とうきょう', '東京'])
    await input.send('Input.imeSetComposition', {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    })
  await input.send('Input.insertText', { text: '東京' })
  await proposes(grace, ['Tokyo [+東京+]'])
  await grace.types('!')
  await proposes(grace, ['Tokyo [+東京!+]'])
  grace.isContent()
})

test('what is suggested offline is kept, and comes when the line is back', async () => {
  const { ada, grace } = await two('shared words')
  await grace.goesTo('p', 6)
  await suggest(grace)
  grace.wire.cut()
  await grace.types(' good')
  await grace.sees('offline-kept')
  await ada.goesTo('p', 12)
  await ada.types(', edited')
  grace.wire.mend()
  for (const person of [ada, grace]) await proposes(person, ['shared[+ good+] words, edited'])
  await grace.sees('saved')
  // A reload forgets neither the words nor that one suggests.
  await grace.page.reload()
  await grace.hears('You are suggesting')
  await proposes(grace, ['shared[+ good+] words, edited'])
  await ada.types('{Control+Alt+Shift+n}{Control+Alt+Shift+a}')
  await grace.reads(['p: shared good words, edited'])
  ada.isContent()
  grace.isContent(BROKEN_LINE)
})

for (const colorScheme of ['light', 'dark'])
  test(`suggestions have no barriers in ${colorScheme} colours`, async () => {
    const { document, grace } = await two('Words to look at, and others')
    const mary = await story.person('Mary Beard', { colorScheme, color: '#866204' })
    await mary.open(document)
    await grace.goesTo('p', 0)
    await suggest(grace)
    await grace.types('New {Control+Delete}')
    await mary.text.locator('ins').waitFor()
    await mary.goesTo('p', 0)
    await suggest(mary)
    await mary.types('{End} here{Home}{ArrowRight}')
    await mary.page.getByRole('group', { name: 'Suggestion by Grace Hopper' }).waitFor()
    assert.deepEqual(await barriers(mary), [])
    mary.isContent()
  })

// The box of a picture stayed in the text when it was sent: that it cannot be suggested was said then, and
// then again with every try.
test('a picture is refused before it is sent, and one that was begun before is put in', async () => {
  const { ada, grace } = await two('words')
  await grace.text.click()
  await suggest(grace)
  await pastesFiles(grace, { name: 'late.png', bytes: png(20, 20) })
  await grace.hears('This cannot be suggested')
  assert.equal(await grace.text.locator('.upload, figure').count(), 0)
  await bar(grace).getByRole('button', { name: 'Back to editing' }).click()

  await limitsUpload(grace, 30_000)
  await grace.text.click()
  await pastesFiles(grace, { name: 'plan.png', bytes: png(150, 150, { noise: true }) })
  await grace.text.locator('.upload').waitFor()
  await suggest(grace)
  await limitsUpload(grace, null)
  await grace.text.locator('figure.picture img').waitFor()
  await grace.until('no box left', async () => (await grace.text.locator('.upload').count()) === 0)
  await ada.text.locator('figure.picture img').waitFor()
  grace.isContent()
})

// All words between the first and the last match of a line were taken out and written anew, a line with a
// formula in it not at all; and it was said that matches were replaced when none was.
test('all matches are proposed, each by itself', async () => {
  const { grace, ada } = await two('cat and $x$ cat, then a cat')
  await suggest(grace)
  await grace.text.click()
  await grace.types('{Control+Alt+f}')
  const find = grace.page.getByRole('search', { name: 'Find in the text' })
  await find.getByRole('textbox', { name: 'Find', exact: true }).fill('cat')
  await find.getByRole('textbox', { name: 'Replace with' }).fill('dog')
  await find.getByRole('button', { name: 'Replace all' }).click()
  await grace.hears('3 matches were replaced.')
  const line = '[-cat-][+dog+] and x [-cat-][+dog+], then a [-cat-][+dog+]'
  await proposes(grace, [line])
  await proposes(ada, [line])
  // What is to go already is not replaced again.
  await find.getByRole('button', { name: 'Replace all' }).click()
  await proposes(grace, [line])
  await grace.types('{Escape}')
  await grace.types('{Control+z}')
  await proposes(grace, ['cat and x cat, then a cat'])
  grace.isContent()
})

/** The part of the page that proposes; it is fetched apart. */
const WAY = /\/assets\/way-[^/]*\.js$/

const mode = (person) => person.page.getByRole('button', { name: 'Suggest instead of editing' })

// The page would show that one suggests, and take every word as an edit.
test('without the part that proposes the mode stays off, and that is said', async () => {
  const { document, grace } = await two('words')
  await grace.page.close()
  const mary = await story.person('Mary Beard')
  await mary.page.route(WAY, (route) => route.abort())
  await mary.open(document)
  await mary.goesTo('p', 0)
  await mary.types('{Control+Alt+Shift+x}')
  await mary.hears('Suggesting could not be loaded: what you write is an edit.')
  assert.equal(await mode(mary).getAttribute('aria-pressed'), 'false')
  await mary.goesTo('p', 0)
  await mary.types('plain ')
  await proposes(mary, ['plain words'])
  await mary.sees('saved')

  // The mode of before a reload is not taken up without it either.
  await mary.page.unroute(WAY)
  await mary.page.getByRole('button', { name: 'Reload' }).click()
  await mary.text.waitFor()
  await mary.sees('saved')
  await mary.goesTo('p', 0)
  await suggest(mary)
  await mary.page.route(WAY, (route) => route.abort())
  await mary.page.reload()
  await mary.hears('Suggesting could not be loaded: what you write is an edit.')
  await mary.text.waitFor()
  assert.equal(await mode(mary).getAttribute('aria-pressed'), 'false')
  mary.isContent(BROKEN_LINE)
})

/** The part that proposes is on its way, until what is returned is called: then this becomes of it. */
async function heldBack(person, outcome) {
  let end
  const ended = new Promise((resolve) => {
    end = resolve
  })
  await person.page.route(WAY, async (route) => {
    await ended
    await outcome(route)
  })
  return end
}

// Between the key and the part's arrival the page took every word as an edit, and showed no mode.
test('what is typed while the part that proposes is on its way is no edit', async () => {
  const { document, grace } = await two('words')
  await grace.page.close()
  const mary = await story.person('Mary Beard')
  const comes = await heldBack(mary, (route) => route.continue())
  await mary.open(document)
  await mary.goesTo('p', 0)
  await mary.types('{Control+Alt+Shift+x}early')
  await mary.hears('suggesting is still being loaded')
  assert.equal(await mode(mary).getAttribute('aria-pressed'), 'true')
  await mary.types('{Enter}{Delete}')
  await proposes(mary, ['words'])
  // Back to editing while it is on its way, and on again.
  await mary.types('{Control+Alt+Shift+x}my ')
  await proposes(mary, ['my words'])
  await mary.types('{Control+Alt+Shift+x}')
  comes()
  await mary.until('the part that proposes', async () => {
    await mary.types('!')
    return (await mary.text.locator('ins').count()) > 0
  })
  assert.equal((await mary.text.evaluate(readProposals))[0].replace(/\[\+!+\+\]/, ''), 'my words')

  // One that never comes ends the mode, and that is said before the next word is an edit.
  const lost = await story.person('Mary Lost')
  const fails = await heldBack(lost, (route) => route.abort())
  await lost.open(document)
  await lost.goesTo('p', 0)
  await lost.types('{Control+Alt+Shift+x}early')
  await lost.hears('suggesting is still being loaded')
  fails()
  await lost.hears('Suggesting could not be loaded: what you write is an edit.')
  assert.equal(await mode(lost).getAttribute('aria-pressed'), 'false')
  await lost.goesTo('p', 0)
  await lost.types('knowingly ')
  await lost.until('a plain edit', async () =>
    (await lost.text.evaluate(readProposals))[0].startsWith('knowingly my '),
  )
  mary.isContent()
  lost.isContent(BROKEN_LINE)
})

// A reload in the mode must not let the first words pass as edits while the part that proposes is on its way.
test('after a reload in the mode no text takes a key before it can be proposed', async () => {
  const { document, grace } = await two('words')
  await grace.goesTo('p', 0)
  await suggest(grace)
  let letGo
  const held = new Promise((resolve) => {
    letGo = resolve
  })
  const asked = new Promise((resolve) => {
    void grace.page.route(WAY, async (route) => {
      resolve()
      await held
      await route.continue()
    })
  })
  const connected = grace.page.waitForEvent('websocket')
  await grace.page.reload()
  await Promise.all([asked, connected])
  await grace.sees('saved')
  assert.equal(await grace.text.count(), 0, `${document} can be written in already`)
  letGo()
  await grace.text.waitFor()
  await grace.goesTo('p', 0)
  await grace.types('new ')
  await proposes(grace, ['[+new +]words'])
  grace.isContent()
})
