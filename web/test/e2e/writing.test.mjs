// Writing: Markdown as one types, menus, tables, tasks, code, links.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from './story.mjs'

let story, ada
before(async () => {
  story = await Story.begin()
  ada = await story.person('Ada')
  await ada.open(story.fresh('writing'))
})
after(async () => {
  // A link to a document that is not there is looked into, and not found.
  ada.isContent(/status of 404/)
  await story.end()
})

test('Markdown becomes blocks as one types', async () => {
  await ada.startsOver(
    '# One{Enter}## Two{Enter}- point{Enter}more{Enter}{Enter}1. first{Enter}{Enter}[ ] task{Enter}{Enter}> said{Enter}{Enter}---',
  )
  await ada.reads([
    'h1: One',
    'h2: Two',
    'ul li p: point',
    'ul li p: more',
    'ol li p: first',
    'ul [ ] p: task',
    'blockquote p: said',
    'hr',
    'p: ',
  ])
})

// "Table" stood in the help with nothing beside it.
test('the help says of every block how one gets it', async () => {
  await ada.types('{Control+/}')
  const help = ada.page.getByRole('dialog')
  await help.getByText('Numbered list').waitFor()
  const without = await help
    .locator('dl > div')
    .evaluateAll((rows) =>
      rows.filter((row) => row.querySelector('dd').textContent === '').map((row) => row.textContent),
    )
  assert.deepEqual(without, [])
  await help.getByText('/table').waitFor()
  await ada.types('{Escape}')
  await ada.startsOver('/table')
  await ada.page.getByRole('option', { name: /Table/ }).waitFor()
  await ada.types('{Enter}x')
  await ada.text.locator('th').first().getByText('x').waitFor()
})

test('Markdown becomes marks as one types', async () => {
  await ada.startsOver('**bold** _italic_ ~~gone~~ `code` ==seen== [site](https://example.org) end')
  for (const [tag, words] of [
    ['strong', 'bold'],
    ['em', 'italic'],
    ['s', 'gone'],
    ['code', 'code'],
    ['mark', 'seen'],
    ['a', 'site'],
  ])
    assert.equal(await ada.text.locator(tag).textContent(), words)
  await ada.reads(['p: bold italic gone code seen site end'])
})

test('the toolbar shows and changes what the caret is in', async () => {
  await ada.startsOver('A line')
  const toolbar = ada.page.getByRole('toolbar', { name: 'Formatting' })
  await ada.types('{Shift+Home}{Control+b}')
  await ada.until('Bold to be pressed', async () => {
    const pressed = await toolbar.getByRole('button', { name: 'Bold' }).getAttribute('aria-pressed')
    return pressed === 'true' || pressed
  })
  await toolbar.getByRole('button', { name: 'change the kind of block' }).click()
  await ada.page.getByRole('menuitemradio', { name: /Heading 2/ }).click()
  await ada.reads(['h2: A line'])
  await toolbar.getByRole('button', { name: 'Highlight' }).click()
  await ada.page.getByRole('menuitemradio', { name: 'Green' }).click()
  await ada.text.locator('mark[data-color=green]').waitFor()
  await toolbar.getByRole('button', { name: 'Undo' }).click()
  await ada.until('the undo', async () => (await ada.text.locator('mark').count()) === 0)
})

// "To-do list" took the items of a nested list out to the top, each in a list of its own.
test('a list becomes one of another kind where it stands, by button, key, menu and signs', async () => {
  const grace = await story.person('Grace')
  const name = story.fresh('lists')
  await ada.open(name)
  await grace.open(name)
  await ada.startsOver('- one{Enter}two{Enter}{Tab}two a{Enter}two b{Enter}two c')
  const nested = (kind, words = 'two b') => [
    'ul li p: one',
    'ul li p: two',
    ...['two a', words, 'two c'].map((item) => `ul li ${kind} p: ${item}`),
  ]
  await ada.reads(nested('ul li'))
  await grace.reads(nested('ul li'))
  await ada.text.getByText('two b').click()
  await ada.types('{End}')
  await grace.text.getByText('two c').click()
  await grace.types('{End}')
  const press = (button) =>
    ada.page.getByRole('toolbar', { name: 'Formatting' }).getByRole('button', { name: button }).click()
  await press('To-do list')
  await ada.reads(nested('ul [ ]'))
  await grace.reads(nested('ul [ ]'))
  await press('Numbered list')
  await ada.reads(nested('ol li'))
  await ada.types('{Control+Shift+9}')
  await ada.reads(nested('ul [ ]'))
  await press('Undo')
  await ada.reads(nested('ol li'))
  await ada.types(' /to-do')
  await ada.page.getByRole('option', { name: /To-do list/ }).waitFor()
  await ada.types('{Enter}')
  await ada.reads(nested('ul [ ]', 'two b '))
  await ada.types('{Control+Shift+8}{Home}[ ]')
  await ada.reads(nested('ul li', '[ ]two b '))
  await ada.types(' ')
  await ada.reads(nested('ul [ ]', 'two b '))
  // Whoever wrote in it writes on where she was.
  await grace.types('!')
  await grace.reads([...nested('ul [ ]', 'two b ').slice(0, -1), 'ul li ul [ ] p: two c!'])
  grace.isContent()
})

test('the slash menu inserts what is chosen with the keyboard', async () => {
  await ada.startsOver('/quo')
  await ada.page.getByRole('option', { name: /Quote/ }).waitFor()
  await ada.types('{Enter}said')
  await ada.reads(['blockquote p: said'])
  await ada.startsOver('/')
  await ada.page.getByRole('listbox').waitFor()
  await ada.types('{Escape}')
  await ada.until('the menu to close', async () => (await ada.page.getByRole('listbox').count()) === 0)
  await ada.types(' stays')
  await ada.reads(['p: / stays'])
})

// A space closed the menu, so that "/heading 1", as its entry is called, found nothing.
test('the slash menu finds a name of several words, and is no longer there behind any other', async () => {
  await ada.startsOver('/heading 2')
  await ada.page.getByRole('option', { name: /Heading 2/ }).waitFor()
  await ada.types('{Enter}found')
  await ada.reads(['h2: found'])
  await ada.startsOver('and /table')
  await ada.page.getByRole('option', { name: /Table/ }).waitFor()
  await ada.types(' ')
  await ada.until('the menu to close', async () => (await ada.page.getByRole('listbox').count()) === 0)
  await ada.types('{Enter}/ heading{Enter}end')
  await ada.reads(['p: and /table ', 'p: / heading', 'p: end'])
})

// The browser selected the end of the line, which nobody saw, and the next letter glued the line to the next.
test('a double click beside the words of a line puts the caret to its end', async () => {
  await ada.startsOver('/table')
  await ada.page.getByRole('option', { name: /Table/ }).waitFor()
  await ada.types(
    '{Enter}a{Enter}of two{Tab}b{Control+End}## Head{Enter}- item{Enter}more{Enter}{Enter}line{Shift+Enter}broken{Enter}{Enter}end',
  )
  const { mouse } = ada.page
  // Fast, and as slowly as people press: by then the page has heard of what is selected.
  const clicks = [
    async (x, y) => mouse.click(x, y, { clickCount: 2 }),
    async (x, y) => {
      await mouse.click(x, y)
      await mouse.down({ clickCount: 2 })
      await ada.frame()
      await ada.frame()
      await mouse.up({ clickCount: 2 })
    },
  ]
  const beside = async (line, click) => {
    const box = await line.boundingBox()
    await click(box.x + box.width - 4, box.y + 12)
    await ada.types('!')
  }
  for (const click of clicks)
    for (const line of ['th p', 'h2', 'li p', '> p']) await beside(ada.text.locator(line).first(), click)
  await beside(ada.text.locator('> p').nth(1), clicks[0])
  const lines = ['h2: Head!!', 'ul li p: item!!', 'ul li p: more', 'p: line!!broken', 'p: !', 'p: end']
  const seen = async () => (await ada.blocks()).slice(-lines.length)
  const head = async () => (await ada.blocks()).slice(0, 2)
  assert.deepEqual(await head(), ['th p: a!!', 'th p: of two'])
  assert.deepEqual(await seen(), lines)
  // By keys, the end of a line is selected; and three clicks select the line.
  await ada.text.getByText('Head').click()
  await ada.types('{End}{Shift+ArrowRight}-')
  await ada.text.getByText('end').click({ clickCount: 3 })
  await ada.types('last')
  assert.deepEqual((await ada.blocks()).slice(-4), ['ul li p: more', 'p: line!!broken', 'p: !', 'p: last'])
  await ada.text.locator('h2').getByText('Head!!-item!!').waitFor()
})

// The caret stays where one writes when a box is unticked, and so did the page: nobody saw what was undone.
test('what undo and redo change comes in sight, wherever the caret is', async () => {
  await ada.startsOver(`[ ] task{Enter}{Enter}$x$ ${'{Enter}'.repeat(50)}end`)
  const box = ada.text.locator('input[type=checkbox]')
  const last = ada.text.getByText('end')
  const isInSight = (place, wanted = true) =>
    ada.until(`${place} ${wanted ? 'in sight' : 'out of sight'}`, () =>
      place.evaluate((one, wanted) => {
        const { top, bottom } = one.getBoundingClientRect()
        const frame = one.closest('.stage').getBoundingClientRect()
        return (bottom > frame.top && top < frame.bottom) === wanted || [top, frame.top, frame.bottom]
      }, wanted),
    )
  // What shows it comes with the first change.
  await ada.page.waitForFunction(() =>
    performance.getEntriesByType('resource').some(({ name }) => name.includes('firstchange')),
  )
  await box.click()
  await ada.until('the tick', () => box.isChecked())
  await last.click()
  await isInSight(box, false)
  await ada.types('{Control+z}')
  await ada.until('the undo', async () => !(await box.isChecked()))
  await isInSight(box)
  await last.click()
  await isInSight(box, false)
  await ada.types('{Control+Shift+z}')
  await ada.until('the redo', () => box.isChecked())
  await isInSight(box)
  // What is in sight stays where it is.
  const { y } = await box.boundingBox()
  await ada.types('{Control+z}')
  await ada.until('the undo', async () => !(await box.isChecked()))
  assert.equal((await box.boundingBox()).y, y)
})

test('a table grows and shrinks', async () => {
  await ada.startsOver('/table')
  await ada.page.getByRole('option', { name: /Table/ }).waitFor()
  await ada.types('{Enter}')
  await ada.text.locator('table').waitFor()
  for (const cell of ['Item', 'Owner', 'Cost', 'Review', 'Grace', '4 200']) await ada.types(`${cell}{Tab}`)
  const shape = async () => [
    await ada.text.locator('tr').count(),
    await ada.text.locator('tr').first().locator('th, td').count(),
  ]
  const grows = (rows, columns) =>
    ada.until(`${rows} × ${columns}`, async () => {
      const now = await shape()
      return (now[0] === rows && now[1] === columns) || now
    })
  await grows(3, 3)
  const bar = ada.page.getByRole('toolbar', { name: 'Table' })
  await bar.getByRole('button', { name: 'Insert row below' }).click()
  await grows(4, 3)
  await bar.getByRole('button', { name: 'Insert column right' }).click()
  await grows(4, 4)
  await ada.page.getByRole('button', { name: 'Add a row at the end' }).click()
  await grows(5, 4)
  await ada.page.getByRole('button', { name: 'Add a column at the end' }).click()
  await grows(5, 5)
  await bar.getByRole('button', { name: 'Delete from the table' }).click()
  await ada.page.getByRole('menuitem', { name: 'Delete column' }).click()
  await grows(5, 4)
  await bar.getByRole('button', { name: 'Delete from the table' }).click()
  await ada.page.getByRole('menuitem', { name: 'Delete table' }).click()
  await ada.until('no table', async () => (await ada.text.locator('table').count()) === 0)
})

test('tasks are ticked', async () => {
  await ada.startsOver('[ ] water the plants{Enter}read')
  await ada.text.getByRole('checkbox').first().check()
  await ada.reads(['ul [x] p: water the plants', 'ul [ ] p: read'])
})

test('code gets its colours and its language', async () => {
  await ada.startsOver('```rust fn main() {{}')
  await ada.text.locator('pre').waitFor()
  await ada.text.locator('.hljs-keyword').first().waitFor()
  await ada.page.getByLabel('Language of this code').selectOption('python')
  await ada.types(' # note')
  await ada.text.locator('.hljs-comment').waitFor()
})

test('code keeps its indentation from line to line', async () => {
  await ada.startsOver('```rust fn main() {{}{Enter}  one();{Enter}two();{Enter}{Backspace}{Backspace}}')
  await ada.reads(['pre: fn main() {\n  one();\n  two();\n}'])
})

test('a link is added, followed by its card, changed and removed', async () => {
  await ada.startsOver('See the brief')
  await ada.types('{Control+Shift+ArrowLeft}{Control+k}')
  const form = ada.page.getByRole('form', { name: 'Link' })
  const address = form.getByRole('textbox', { name: 'Paste or type an address' })
  await address.fill('javascript:alert(1)')
  await address.press('Enter')
  await ada.hears('A link needs a web address')
  await address.fill('example.org/brief')
  await address.press('Enter')
  const link = ada.text.locator('a')
  await link.waitFor()
  assert.equal(await link.getAttribute('href'), 'https://example.org/brief')
  assert.equal(await link.textContent(), 'brief')
  assert.match(await link.getAttribute('rel'), /noopener/)
  await ada.types('{End} of May')
  assert.equal(await link.textContent(), 'brief')

  await link.click()
  await ada.page.locator('.link-view').getByRole('link', { name: 'https://example.org/brief' }).waitFor()
  await ada.page.getByRole('button', { name: 'Change link' }).click()
  await address.fill('/d/other')
  await address.press('Enter')
  await ada.until('the new address', async () => {
    const href = await link.getAttribute('href')
    return href === '/d/other' || href
  })
  // A second click at once would be a double click.
  await ada.page.waitForTimeout(600)
  await link.click()
  await ada.page.locator('.link-view').getByRole('button', { name: 'Remove link' }).click()
  await ada.until('no link', async () => (await link.count()) === 0)
  await ada.reads(['p: See the brief of May'])
})

test('an outline and a count follow the text', async () => {
  await ada.startsOver('# Goals{Enter}two words{Enter}## Budget')
  const outline = ada.page.getByRole('navigation', { name: 'Outline' })
  await outline.getByRole('button', { name: 'Budget' }).waitFor()
  await ada.hears('4 words')
  await outline.getByRole('button', { name: 'Goals' }).click()
  await ada.frame()
  await ada.types('My ')
  await ada.reads(['h1: My Goals', 'p: two words', 'h2: Budget'])
})

// It was as tall as the text: what did not fit was out of reach, the heading that one reads with it.
test('a long outline scrolls by itself, and shows the heading that is read', async () => {
  const document = story.fresh('outlined')
  const lines = Array.from({ length: 60 }, (_, number) => `# Chapter ${number + 1}\n\nwords\n`).join('\n')
  const made = await fetch(`${ada.wire.url}/api/documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: document, format: 'markdown', content: lines }),
  })
  assert.equal(made.status, 201)
  await ada.open(document)
  const outline = ada.page.getByRole('navigation', { name: 'Outline' })
  await outline.getByRole('button', { name: 'Chapter 60' }).waitFor()
  await ada.page.locator('.stage').evaluate((stage) => stage.scrollTo(0, stage.scrollHeight))
  await ada.until('the last heading in sight', async () => {
    const current = await outline.locator('[aria-current]').boundingBox()
    const name = await outline.locator('[aria-current]').innerText()
    return (
      (Number(name.split(' ')[1]) > 50 && current.y > 0 && current.y + current.height < 880) || [
        name,
        current,
      ]
    )
  })
  await ada.open(story.fresh('writing'))
})

// The header said "Untitled", also in the tab, where lists showed the first words.
test('a document without a title goes by its first words', async () => {
  await ada.startsOver('# Goals of May{Enter}two words')
  await ada.until('the title of the tab', async () => {
    const title = await ada.page.title()
    return title === 'Goals of May two words · cowrite' || title
  })
  const title = ada.page.getByRole('textbox', { name: 'Title' })
  assert.equal(await title.getAttribute('placeholder'), 'Goals of May two words')
  assert.equal(await title.inputValue(), '')
  await ada.startsOver('')
  await ada.until('nothing to go by', async () => (await title.getAttribute('placeholder')) === 'Untitled')
})

test('every shortcut can be looked up', async () => {
  await ada.types('{Control+/}')
  const help = ada.page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await help.getByText('Strikethrough').first().waitFor()
  await ada.types('{Escape}')
  await help.waitFor({ state: 'detached' })
})
