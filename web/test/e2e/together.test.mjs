// Several people in one document.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from './story.mjs'

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

let story
before(async () => {
  story = await Story.begin()
})
after(() => story.end())

test('two people type at once, and both read every letter', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada Lovelace', { color: '#2b7a3d' })
  const grace = await story.person('Grace Hopper', { color: '#9c36b5' })
  await ada.open(document)
  await ada.text.click()
  await ada.types('ada: {Enter}grace: ')
  await grace.open(document)
  await grace.reads(['p: ada: ', 'p: grace: '])
  await ada.goesTo('p:nth-child(1)', 5)
  await grace.goesTo('p:nth-child(2)', 7)
  await Promise.all([
    ada.types('the quick brown fox jumps over the lazy dog'),
    grace.types('sphinx of black quartz, judge my vow'),
  ])
  const both = [
    'p: ada: the quick brown fox jumps over the lazy dog',
    'p: grace: sphinx of black quartz, judge my vow',
  ]
  await ada.reads(both)
  await grace.reads(both)
  await ada.sees('saved')
  await grace.sees('saved')

  const late = await story.person('Mary Beard')
  await late.open(document)
  await late.reads(both)
  for (const person of [ada, grace, late]) person.isContent()
})

test('each sees where the others are and who they are', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada Lovelace', { color: '#2b7a3d' })
  const grace = await story.person('Grace Hopper', { color: '#9c36b5' })
  await ada.open(document)
  await ada.text.click()
  await ada.types('We write together')
  await grace.open(document)
  await grace.reads(['p: We write together'])
  await grace.goesTo('p', 3)
  await grace.types('{Shift+End}')

  const label = ada.page.locator('.caret')
  await label.waitFor({ state: 'attached' })
  assert.equal(await label.getAttribute('data-name'), 'Grace Hopper')
  await ada.until('the selection of Grace', async () => {
    const selected = await ada.page.locator('.others-selection').allTextContents()
    return selected.join('') === 'write together' || selected
  })
  assert.equal(await ada.page.locator('.caret').getAttribute('aria-hidden'), 'true')
  // The name must not become text: it would be copied and found.
  assert.ok(!(await ada.text.evaluate((text) => text.textContent)).includes('Grace'))

  await ada.until('the name to fade', async () => !(await ada.page.locator('.caret.moving').count()))
  await grace.types('{ArrowLeft}')
  await ada.page.locator('.caret.moving').waitFor({ state: 'attached' })

  await ada.page.getByRole('button', { name: 'Show where Grace Hopper is' }).click()
  await grace.leaves()
  await ada.until('Grace to be gone', async () => (await ada.page.locator('.caret').count()) === 0)
  ada.isContent()
})

test('undo takes back one’s own words only', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada Lovelace')
  const grace = await story.person('Grace Hopper')
  await ada.open(document)
  await ada.text.click()
  await ada.types('Goals')
  await grace.open(document)
  await grace.reads(['p: Goals'])
  // Edits within half a second are one step: begin a new one.
  await ada.page.waitForTimeout(700)
  await ada.types(' for the spring')
  await grace.reads(['p: Goals for the spring'])
  await grace.goesTo('p', 0)
  await grace.types('{End}, ever')
  await ada.reads(['p: Goals for the spring, ever'])
  await ada.types('{Control+z}')
  await ada.reads(['p: Goals, ever'])
  await grace.reads(['p: Goals, ever'])
  await ada.types('{Control+Shift+z}')
  await grace.reads(['p: Goals for the spring, ever'])
  ada.isContent()
  grace.isContent()
})

// A whole paragraph that was written without a pause went with one undo.
test('one undo takes back some words, not the whole stretch', async () => {
  const ada = await story.person('Ada Lovelace')
  await ada.open(story.fresh())
  await ada.text.click()
  await ada.types('the quick brown fox jumps over the lazy dog and does not stop')
  await ada.types('{Control+z}')
  const [left] = await ada.blocks()
  assert.match(left, /^p: the quick brown fox .* $/, 'some words are left, and no half ones')
  await ada.types('{Control+Shift+z}')
  await ada.reads(['p: the quick brown fox jumps over the lazy dog and does not stop'])
})

// With the focus on a button the browser undid what it took for the last typing, past the shared history.
test('undo from outside the text is the same undo', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada Lovelace')
  const grace = await story.person('Grace Hopper')
  await ada.open(document)
  await ada.text.click()
  await ada.types('mine')
  await grace.open(document)
  await grace.goesTo('p', 4)
  await grace.types(' hers')
  await ada.reads(['p: mine hers'])
  await ada.page.getByRole('button', { name: 'More', exact: true }).focus()
  await ada.types('{Control+z}')
  await ada.reads(['p:  hers'])
  await grace.reads(['p:  hers'])
  await ada.types('{Control+Shift+z}')
  await grace.reads(['p: mine hers'])
})

// The text showed its place 20 ms after it got the focus back, and the first letter went to the old one.
test('a letter typed as a dialog closes goes where the caret was', async () => {
  const ada = await story.person('Ada Lovelace')
  await ada.open(story.fresh())
  await ada.text.click()
  await ada.types('one{Enter}two')
  await ada.types('{Control+/}')
  await ada.page.getByRole('dialog').waitFor()
  await ada.keyboard.press('Escape')
  await ada.keyboard.type('!')
  await ada.reads(['p: one', 'p: two!'])
})

test('two people who change one title keep the words of both', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada Lovelace')
  const grace = await story.person('Grace Hopper')
  await ada.open(document)
  const titleOf = (person) => person.page.getByRole('textbox', { name: 'Title' })
  await titleOf(ada).fill('Plan')
  await grace.open(document)
  await grace.until('the title', async () => (await titleOf(grace).inputValue()) === 'Plan')
  await titleOf(grace).click()
  await grace.keyboard.press('End')
  await titleOf(ada).click()
  await ada.keyboard.press('Home')
  // Both are at it, letter by letter, with pauses in which either is sent.
  for (const [first, second] of [
    ['T', ' '],
    ['h', 'o'],
    ['e', 'f'],
    [' ', ' '],
    ['', 'M'],
    ['', 'a'],
    ['', 'y'],
  ]) {
    await ada.keyboard.type(first)
    await grace.keyboard.type(second)
    await ada.page.waitForTimeout(400)
  }
  for (const person of [ada, grace])
    await person.until('both changes', async () => {
      const seen = await titleOf(person).inputValue()
      return seen === 'The Plan of May' || seen
    })
})

// The title was sent a second later, and lost when the page was closed before that.
test('a title is kept when the page is closed right after the last letter', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada Lovelace')
  await ada.open(document)
  await ada.page.getByRole('textbox', { name: 'Title' }).pressSequentially('Minutes')
  await ada.page.goto('about:blank')
  await ada.open(document)
  await ada.until('the title', async () => {
    const seen = await ada.page.getByRole('textbox', { name: 'Title' }).inputValue()
    return seen === 'Minutes' || seen
  })
})

test('somebody is followed until one goes one’s own way', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada Lovelace')
  const grace = await story.person('Grace Hopper')
  await ada.open(document)
  await ada.text.click()
  await ada.types(`top${'{Enter}line'.repeat(60)}`)
  await grace.open(document)
  await grace.goesTo('p:nth-child(1)')
  await ada.page.locator('p:nth-child(1) .caret').waitFor({ state: 'attached' })
  await ada.page.getByRole('button', { name: 'Show where Grace Hopper is' }).click()
  await ada.page.getByRole('button', { name: 'Follow', exact: true }).click()
  await ada.hears('You follow Grace Hopper')
  const inSight = (block) =>
    ada.until(`${block} in sight`, () =>
      ada.text.locator(block).evaluate((element) => {
        const { top, bottom } = element.getBoundingClientRect()
        const stage = document.querySelector('.stage').getBoundingClientRect()
        return top >= stage.top && bottom <= stage.bottom
      }),
    )
  await inSight('p:nth-child(1)')
  await grace.goesTo('p:nth-child(55)')
  await inSight('p:nth-child(55)')
  await ada.page.mouse.move(500, 400)
  await ada.page.mouse.wheel(0, -100)
  await ada.page.getByText('You follow Grace Hopper').waitFor({ state: 'detached' })
  ada.isContent()
})

test('a title is shared when it is finished', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada Lovelace')
  const grace = await story.person('Grace Hopper')
  await ada.open(document)
  await grace.open(document)
  const title = ada.page.getByRole('textbox', { name: 'Title' })
  await title.fill('Quarterly planning')
  await title.press('Enter')
  await grace.until('the title', async () => {
    const seen = await grace.page.getByRole('textbox', { name: 'Title' }).inputValue()
    return seen === 'Quarterly planning' || seen
  })
  assert.equal(await grace.page.title(), 'Quarterly planning · cowrite')
  // Enter leads on into the text.
  await ada.types('Words')
  await grace.reads(['p: Words'])
})

/** Where somebody's name is drawn, and the box that cuts off what leaves it. */
const labelIn = (person) =>
  person.page.locator('.caret').evaluate((caret) => {
    const name = getComputedStyle(caret, '::after')
    const [left, top, width, height] = [name.left, name.top, name.width, name.height].map(Number.parseFloat)
    const at = caret.getBoundingClientRect()
    const frame = caret.closest('.tableWrapper, .stage')
    // Drawn anew in this very moment.
    if (frame === null) return null
    const box = frame.getBoundingClientRect()
    const inner = at.left + Number.parseFloat(getComputedStyle(caret).borderLeftWidth)
    return {
      left: inner + left,
      right: inner + left + width,
      top: at.top + top,
      bottom: at.top + top + height,
      frame: { left: box.left, right: box.left + frame.clientWidth, top: box.top },
      sideways: frame.scrollWidth - frame.clientWidth,
    }
  })

// In the first row of a table the upper half of the name was cut off; at the right edge of a phone
// most of the name was, and the page could be scrolled sideways after it, even when it had faded.
test('the name at a caret is seen whole, in a table and at the edge of a phone', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada Lovelace', PHONE)
  const grace = await story.person('Grace Brewster Hopper', PHONE)
  await ada.open(document)
  await ada.text.click()
  await ada.types('A line that ends close to the right{Enter}/table')
  await ada.page.getByRole('option', { name: /Table/ }).waitFor()
  await ada.types('{Enter}Item{Tab}Owner{Tab}Cost')
  await ada.sees('saved')
  await grace.open(document)
  for (const [place, letters] of [
    ['p', 34],
    ['th:nth-child(1) p', 2],
    ['th:nth-child(3) p', 4],
  ]) {
    await grace.goesTo(place, letters)
    await ada.text.locator(place).first().locator('.caret').waitFor({ state: 'attached' })
    await ada.until(`the whole name in ${place}`, async () => {
      const name = await labelIn(ada)
      if (name === null) return name
      const { frame } = name
      const whole = name.left >= frame.left - 1 && name.right <= frame.right + 1 && name.top >= frame.top - 1
      return (whole && name.sideways <= 0) || name
    })
  }
  ada.isContent()
})

// Two people often had the same colour, and then their carets and avatars were one to the eye.
test('two people of one colour are told apart, and each sees the same of both', async () => {
  const document = story.fresh()
  const ada = await story.person('Amber Otter', { color: '#1a6fc4' })
  await ada.open(document)
  await ada.text.click()
  await ada.types('Who is who')
  const owl = await story.person('Amber Owl', { color: '#1a6fc4' })
  await owl.open(document)
  await owl.goesTo('p', 3)

  const colours = (person, selector) =>
    person.page
      .locator(selector)
      .evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor))
  await ada.page.locator('.caret').waitFor({ state: 'attached' })
  await ada.until('two colours', async () => {
    const seen = await colours(ada, '.avatars .avatar')
    return (seen.length === 2 && seen[0] !== seen[1]) || seen
  })
  // Others come first, oneself last. Who was there keeps the colour.
  const [owlSeen, adaSelf] = await colours(ada, '.avatars .avatar')
  const [adaSeen, owlSelf] = await colours(owl, '.avatars .avatar')
  assert.deepEqual([adaSelf, owlSelf], [adaSeen, owlSeen])
  assert.equal(adaSelf, 'rgb(26, 111, 196)')
  const caret = await ada.page.locator('.caret').evaluate((one) => getComputedStyle(one).borderLeftColor)
  assert.equal(caret, owlSeen)

  await owl.page.getByRole('button', { name: /Amber Owl \(you\)/ }).click()
  await owl.page.getByRole('radio', { name: 'Colour 2: Amber Otter has it here' }).waitFor()
  await owl.page.getByRole('button', { name: 'Save' }).click()
  // Elsewhere the own colour is the own colour.
  await owl.open(story.fresh())
  assert.deepEqual(await colours(owl, '.avatars .avatar'), [adaSelf])
  ada.isContent()
  owl.isContent()
})

test('a name and a colour are chosen once and seen by the others', async () => {
  const document = story.fresh()
  const ada = await story.person('Ada Lovelace')
  const guest = await story.person('Amber Otter')
  await ada.open(document)
  await guest.open(document)
  await guest.page.getByRole('button', { name: /Amber Otter \(you\)/ }).click()
  await guest.page.getByRole('textbox', { name: 'Name' }).fill('Alan Turing')
  await guest.page.getByRole('radio', { name: 'Colour 5' }).check()
  await guest.page.getByRole('button', { name: 'Save' }).click()
  await ada.page.getByRole('button', { name: 'Show where Alan Turing is' }).waitFor()
  await guest.page.reload()
  await guest.page.getByRole('button', { name: /Alan Turing \(you\)/ }).waitFor()
})
