// The caret must stay where its owner writes (tiptap #7213, #5802, #6501, #7102; y-prosemirror #38).
// Before keepcaret.ts, somebody else's Enter, heading or list sent the next letters into another
// paragraph, and one's own undo put the caret at a random place.
import { after, before, test } from 'node:test'
import { Story } from './story.mjs'

let story, ada, bob
before(async () => {
  story = await Story.begin()
  const document = story.fresh('caret')
  ada = await story.person('Ada')
  bob = await story.person('Bob')
  await ada.open(document)
  await bob.open(document)
})
after(() => story.end())

const START = ['p: first second third', 'p: tail']

/** Ada's caret stands in "thi|rd"; Bob does something; Ada types on. */
async function whileAdaWrites(bobDoes, thenBobSees, adaEndsWith) {
  await ada.startsOver('first second third{Enter}tail')
  await bob.reads(START)
  await ada.goesTo('p', 0)
  await ada.types('{End}{ArrowLeft}{ArrowLeft}')
  await bobDoes()
  await ada.reads(thenBobSees)
  await ada.types('|')
  await ada.reads(adaEndsWith)
  await bob.reads(adaEndsWith)
}

const remote = [
  [
    'presses Enter before it',
    () => bob.goesTo('p', 6).then(() => bob.types('{Enter}')),
    ['p: first ', 'p: second third', 'p: tail'],
    ['p: first ', 'p: second thi|rd', 'p: tail'],
  ],
  [
    'types before it',
    () => bob.goesTo('p', 6).then(() => bob.types('XX ')),
    ['p: first XX second third', 'p: tail'],
    ['p: first XX second thi|rd', 'p: tail'],
  ],
  [
    'deletes a word before it',
    () => bob.goesTo('p', 6).then(() => bob.types('{Shift+Home}{Delete}')),
    ['p: second third', 'p: tail'],
    ['p: second thi|rd', 'p: tail'],
  ],
  [
    'adds a paragraph above',
    () => bob.goesTo('p', 0).then(() => bob.types('{Enter}{ArrowUp}new top')),
    ['p: new top', ...START],
    ['p: new top', 'p: first second thi|rd', 'p: tail'],
  ],
  [
    'makes the line a heading',
    () => bob.goesTo('p', 2).then(() => bob.types('{Control+Alt+2}')),
    ['h2: first second third', 'p: tail'],
    ['h2: first second thi|rd', 'p: tail'],
  ],
  [
    'wraps the line in a list',
    () => bob.goesTo('p', 2).then(() => bob.types('{Control+Shift+8}')),
    ['ul li p: first second third', 'p: tail'],
    ['ul li p: first second thi|rd', 'p: tail'],
  ],
]

for (const [what, bobDoes, seen, end] of remote)
  test(`a caret stays when somebody else ${what}`, () => whileAdaWrites(bobDoes, seen, end))

test('a caret stays when somebody else makes the line bold', async () => {
  await ada.startsOver('first second third{Enter}tail')
  await bob.reads(START)
  await ada.goesTo('p', 0)
  await ada.types('{End}{ArrowLeft}{ArrowLeft}')
  await bob.goesTo('p', 0)
  await bob.types('{Shift+End}{Control+b}')
  await ada.text.locator('strong').waitFor()
  await ada.types('|')
  await ada.reads(['p: first second thi|rd', 'p: tail'])
})

/** Edits within half a second are one step of the history: wait until the next one is another. */
const newStep = () => ada.page.waitForTimeout(650)

test('after undoing a deletion the caret stands behind what came back', async () => {
  await ada.startsOver('alpha beta{Enter}next')
  await ada.goesTo('p', 0)
  await ada.types('{End}')
  await newStep()
  await ada.types(' gamma')
  await newStep()
  await ada.types('{Backspace}{Backspace}{Backspace}')
  await ada.reads(['p: alpha beta ga', 'p: next'])
  await newStep()
  await ada.types('{Control+z}')
  await ada.reads(['p: alpha beta gamma', 'p: next'])
  await ada.types('|')
  await ada.reads(['p: alpha beta gamma|', 'p: next'])
})

test('after undo and redo of a word the caret stands behind it', async () => {
  await ada.startsOver('alpha beta{Enter}next')
  await ada.goesTo('p', 0)
  await ada.types('{End}')
  await newStep()
  await ada.types(' gamma')
  await newStep()
  await ada.types('{Control+z}')
  await ada.reads(['p: alpha beta', 'p: next'])
  await ada.types('{Control+Shift+z}')
  await ada.reads(['p: alpha beta gamma', 'p: next'])
  await ada.types('|')
  await ada.reads(['p: alpha beta gamma|', 'p: next'])
})

test('after undoing a heading the caret is still in its line', async () => {
  await ada.startsOver('one{Enter}two')
  await ada.goesTo('p', 0)
  await ada.types('{End}')
  await newStep()
  await ada.types('{Control+Alt+1}')
  await ada.reads(['h1: one', 'p: two'])
  await newStep()
  await ada.types('{Control+z}')
  await ada.reads(['p: one', 'p: two'])
  await ada.types('|')
  await ada.reads(['p: one|', 'p: two'])
})
