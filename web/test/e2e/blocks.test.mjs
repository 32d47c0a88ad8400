// Blocks beside words: pictures and files on their way into a text, callouts, details and formulas, as
// people bring them in, and as others read them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import { barriers } from './barriers.mjs'
import { dropsBeside, dropsFiles, limitsUpload, pastesFiles, pastesHtml, png } from './pictures.mjs'
import { BROKEN_LINE, Story } from './story.mjs'

let story
before(async () => {
  story = await Story.begin(['--file-bytes', String(4 << 20)])
})
after(() => story.end())

const api = (path) => `http://127.0.0.1:${story.server.port}/api/documents/${path}`

async function reads(name, format) {
  const response = await fetch(api(`${encodeURIComponent(name)}/content?format=${format}`))
  assert.equal(response.status, 200)
  return format === 'json' ? response.json() : response.text()
}

/** Waits until what is stored says this. */
const stored = (person, name, format, wanted) =>
  person.until(`${format} with ${wanted}`, async () => {
    const response = await fetch(api(`${encodeURIComponent(name)}/content?format=${format}`))
    const text = await response.text()
    return (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) || text
  })

const shown = (person) => person.text.locator('figure.picture img')
const isLoaded = (person, count) =>
  person.until(`${count} pictures`, () =>
    shown(person).evaluateAll(
      (all, count) =>
        (all.length === count && all.every((one) => one.complete && one.naturalWidth > 0)) ||
        all.map((one) => one.src),
      count,
    ),
  )

test('a picture is pasted into a document nobody wrote in, and seen by somebody else', async () => {
  const [ada, grace] = [await story.person('Ada'), await story.person('Grace')]
  const name = story.fresh('pasted')
  await ada.open(name)
  await grace.open(name)
  await ada.text.click()
  await pastesFiles(ada, { name: 'plan.png', bytes: png(320, 200) })
  await isLoaded(ada, 1)
  await isLoaded(grace, 1)
  await ada.sees('saved')
  // One can go on writing where one was, below the picture.
  await ada.types('Below')
  await grace.reads(['p: Below'])
  // Words for those who cannot see it are asked for, and stored.
  await ada.text.locator('figure.picture').hover()
  await ada.page.getByRole('button', { name: 'Describe this picture' }).click()
  const field = ada.page.getByRole('textbox', { name: 'Describe this picture' })
  await field.waitFor()
  await ada.until('the focus in the field', () => field.evaluate((one) => one === document.activeElement))
  await ada.types('A plan of the house{Enter}')
  await grace.text.getByRole('img', { name: 'A plan of the house' }).waitFor()
  await stored(
    ada,
    name,
    'markdown',
    /!\[A plan of the house\]\(\/api\/documents\/[^)]*\/files\/[0-9a-f]{64}\)\n\nBelow/,
  )
  assert.match(await reads(name, 'html'), /<img src="\/api\/documents\/.*" alt="A plan of the house">/)
  ada.isContent()
  grace.isContent()
})

// Each picture came in front of the one before, and the caret stayed above them.
test('pictures that are pasted one after the other stand so, and one goes on writing below them', async () => {
  const ada = await story.person('Ada')
  await ada.open(story.fresh('one-by-one'))
  await ada.startsOver('Words')
  for (const width of [40, 50, 60]) await pastesFiles(ada, { name: `${width}.png`, bytes: png(width, 30) })
  await isLoaded(ada, 3)
  await ada.types('Below')
  await ada.until('all in order', async () => {
    const said = await ada.text.evaluate((text) =>
      [...text.children].map((one) => one.querySelector('img')?.naturalWidth ?? one.textContent),
    )
    return JSON.stringify(said) === '["Words",40,50,60,"Below"]' || said
  })
  await ada.sees('saved')
  ada.isContent(/409 \(Conflict\)/)
})

test('opening pictures, details and formulas writes nothing', async () => {
  const name = story.fresh('looked-at')
  const content =
    '![a](https://example.org/a.png)\n\n> [!TIP]\n> b\n\n<details>\n<summary>c</summary>\n\nd\n\n</details>\n\n$$x^2$$\n\nand $y$ too\n'
  await fetch(api('').replace(/\/$/, ''), {
    method: 'POST',
    body: JSON.stringify({ name, format: 'markdown', content }),
  })
  const state = async () =>
    Buffer.from(await (await fetch(api(`${name}/content?format=yjs`))).arrayBuffer()).toString('hex')
  const before = await state()
  const ada = await story.person('Ada')
  await ada.open(name)
  await ada.text.locator('.formula.block .katex').waitFor()
  await ada.page.getByRole('button', { name: 'Show the details' }).click()
  await ada.text.getByText('d', { exact: true }).waitFor()
  await ada.page.getByRole('button', { name: 'Hide the details' }).click()
  await ada.text.getByText('Picture from example.org, not loaded.').waitFor()
  await ada.sees('saved')
  assert.equal(await state(), before)
  // The binding begins with a caret at the first letter, where there is a picture; it is mended.
  ada.isContent(/TextSelection endpoint/)
})

test('pictures are dropped where they belong, and other files become links', async () => {
  const ada = await story.person('Ada')
  const name = story.fresh('dropped')
  await ada.open(name)
  await ada.startsOver('First{Enter}Second')
  await ada.sees('saved')
  await dropsFiles(
    ada,
    'p',
    { name: 'a.png', bytes: png(40, 30) },
    { name: 'Minutes.pdf', type: 'application/pdf', bytes: Buffer.from('%PDF-1.7\n%âãÏÓ\n') },
  )
  await isLoaded(ada, 1)
  await ada.text.getByRole('link', { name: 'Minutes.pdf' }).waitFor()
  await stored(
    ada,
    name,
    'markdown',
    /^First\n\n(!\[\][^\n]*\n\n\[Minutes|\[Minutes[^\n]*\n\n!\[\])[\s\S]*Second\n$/,
  )
  ada.isContent()
})

// The bug: a file that was dropped beside the text, or on a handle of a picture, was not taken, and the
// browser opened it in place of the document.
test('a file that is dropped beside the text comes into it', async () => {
  const ada = await story.person('Ada')
  const name = story.fresh('beside')
  await ada.open(name)
  await ada.startsOver('Words')
  await ada.sees('saved')
  for (const [count, place] of ['.stage', '.top'].entries()) {
    const taken = await dropsBeside(ada, place, { name: `${count}.png`, bytes: png(40 + count, 30) })
    assert.ok(taken, `${place} left it to the browser`)
    await isLoaded(ada, count + 1)
  }
  await stored(ada, name, 'markdown', /Words/)
  ada.isContent(/TextSelection endpoint|409 \(Conflict\)/)
})

test('a file that is too large is refused in words for people, and not offered to be sent again', async () => {
  const ada = await story.person('Ada')
  await ada.open(story.fresh('large'))
  await ada.startsOver('Words')
  await pastesFiles(ada, { name: 'large.png', bytes: Buffer.alloc((4 << 20) + 1, 7) })
  const box = ada.page.locator('.upload-box.bad')
  await box.getByText('Files of more than 4.2 MB are not taken here.').waitFor()
  assert.equal(await box.getByRole('button', { name: 'Try again' }).count(), 0)
  await box.getByRole('button', { name: 'Remove' }).click()
  await box.waitFor({ state: 'detached' })
})

test('a picture on its way shows its progress, is said to have failed where it stands, and is sent again', async () => {
  const [ada, grace] = [await story.person('Ada'), await story.person('Grace')]
  const name = story.fresh('slow')
  await ada.open(name)
  await ada.startsOver('Before')
  await grace.open(name)
  // Slow enough to still be on its way when everything has been looked at.
  await limitsUpload(ada, 40_000)
  await pastesFiles(ada, { name: 'photo.png', bytes: png(900, 500, { noise: true }) })
  const progress = ada.page.getByRole('progressbar', { name: 'Progress of photo.png' })
  await ada.until('some progress', async () => {
    const value = Number(await progress.getAttribute('value'))
    return (value > 0 && value < 100) || value
  })
  assert.deepEqual(await barriers(ada), [])
  // Somebody else writes above it; it stays where it belongs, and they see nothing of it.
  await grace.goesTo('p')
  await grace.types('{Home}{Enter}')
  assert.equal(await grace.text.locator('figure, .upload').count(), 0)
  ada.wire.cut()
  await ada.page
    .getByRole('alert')
    .getByText(/“photo.png” was not added.*connection/)
    .waitFor()
  assert.deepEqual(await barriers(ada), [])
  assert.equal(await ada.text.locator('figure').count(), 0)
  assert.doesNotMatch(await reads(name, 'json').then(JSON.stringify), /image/)
  ada.wire.mend()
  await limitsUpload(ada, null)
  await ada.page.getByRole('button', { name: 'Try again' }).click()
  await isLoaded(ada, 1)
  await isLoaded(grace, 1)
  await grace.reads(['p: ', 'p: Before', 'p: '])
  assert.equal(await ada.text.locator('.upload').count(), 0)
  // One that is on its way can be stopped, and leaves nothing.
  await limitsUpload(ada, 40_000)
  await pastesFiles(ada, { name: 'other.png', bytes: png(900, 500, { noise: true }) })
  await ada.page.getByRole('button', { name: 'Stop sending other.png' }).click()
  await ada.until('nothing left', async () => (await ada.text.locator('.upload').count()) === 0)
  await limitsUpload(ada, null)
  // The limit is the server's.
  await pastesFiles(ada, { name: 'huge.png', bytes: Buffer.concat([png(9, 9), Buffer.alloc(5 << 20)]) })
  await ada.until('the refusal of what is too large', async () => {
    const said = (await ada.page.locator('.upload-box').allInnerTexts()).join(' ')
    return /“huge.png” was not added.*4\.2/.test(said) || said
  })
  await ada.page.getByRole('button', { name: 'Remove' }).click()
  assert.equal(await shown(ada).count(), 1)
  ada.isContent(BROKEN_LINE)
  grace.isContent()
})

test('pasted markup brings its pictures along, or says where they are', async () => {
  const ada = await story.person('Ada')
  const [from, to] = [story.fresh('from'), story.fresh('to')]
  await ada.open(from)
  await ada.text.click()
  await pastesFiles(ada, { name: 'shared.png', bytes: png(60, 40) })
  await isLoaded(ada, 1)
  const address = await shown(ada).first().getAttribute('src')
  await ada.sees('saved')
  await ada.open(to)
  await ada.text.click()
  const data = `data:image/png;base64,${png(30, 20).toString('base64')}`
  await pastesHtml(
    ada,
    `<p>one</p><img src="${address}" alt="shared"><p>two</p><img src="${data}" alt="written">
     <p>three</p><img src="https://example.org/far.png" alt="Far away">
     <a href="javascript:pwned()"><img src="javascript:pwned()" alt="never" onerror="pwned()"></a>
     <img src="file:///etc/passwd"><svg onload="pwned()"></svg><p>four</p>`,
  )
  await isLoaded(ada, 2)
  await ada.text.getByText('Picture from example.org, not loaded.').waitFor()
  await ada.text.getByText('Far away').waitFor()
  const addresses = await shown(ada).evaluateAll((all) => all.map((one) => one.getAttribute('src')))
  for (const one of addresses) assert.ok(one.startsWith(`/api/documents/${to}/files/`), one)
  await ada.sees('saved')
  const markdown = await reads(to, 'markdown')
  assert.match(
    markdown,
    /^one\n\n!\[shared\]\(\/api[^\n]*\n\ntwo\n\n!\[written\]\(\/api[^\n]*\n\nthree\n\n!\[Far away\]\(https:/,
  )
  assert.doesNotMatch(markdown, /javascript|file:|data:/)
  // What the page's policy keeps from running is said in the console.
  // The document was made by its first words meanwhile, which is no failure.
  ada.isContent(/Executing inline event handler|script-src-attr|409 \(Conflict\)/)
})

test('a picture is made narrower by its handle, replaced and deleted', async () => {
  const ada = await story.person('Ada')
  const name = story.fresh('sized')
  await ada.open(name)
  await ada.text.click()
  await pastesFiles(ada, { name: 'wide.png', bytes: png(500, 200) })
  await isLoaded(ada, 1)
  const figure = ada.text.locator('figure.picture')
  await figure.hover()
  const box = await ada.text.locator('.picture-handle').boundingBox()
  await ada.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await ada.page.mouse.down()
  await ada.page.mouse.move(box.x + box.width / 2 - 200, box.y + box.height / 2, { steps: 4 })
  await ada.page.mouse.up()
  await stored(ada, name, 'html', / width="300"/)
  await shown(ada).click()
  const picker = ada.page.waitForEvent('filechooser')
  await ada.page.getByRole('button', { name: 'Replace the picture' }).click()
  await (await picker).setFiles({ name: 'new.png', mimeType: 'image/png', buffer: png(80, 80) })
  await ada.until('the new one', () => shown(ada).evaluate((one) => one.naturalWidth === 80))
  assert.equal(await shown(ada).count(), 1)
  await shown(ada).click()
  assert.deepEqual(await barriers(ada), [])
  await ada.page.getByRole('button', { name: 'Delete the picture' }).click()
  await ada.until('no picture', async () => (await shown(ada).count()) === 0)
  ada.isContent()
})

test('callouts, details and formulas are typed, seen by others, and read over REST', async () => {
  const [ada, grace] = [await story.person('Ada'), await story.person('Grace')]
  const name = story.fresh('typed')
  await ada.open(name)
  await grace.open(name)
  await ada.startsOver('/warning')
  await ada.page.getByRole('option', { name: /Warning callout/ }).waitFor()
  await ada.types('{Enter}Mind the step{ArrowDown}')
  await ada.types('/details')
  await ada.page.getByRole('option', { name: /^Details/ }).waitFor()
  await ada.types('{Enter}More of it{Enter}Inside{Enter}{Enter}')
  await ada.types('Energy $E=mc^2$ is mass, for $5 and $6.{Enter}$$ ')
  const source = ada.page.getByRole('textbox', { name: 'LaTeX of this formula' })
  await source.waitFor()
  await ada.types('\\frac{{}a}{{}b}')
  await ada.page.locator('.formula-preview .mfrac').waitFor()
  assert.deepEqual(await barriers(ada), [])
  await ada.types('{Enter}')
  await grace.text.locator('.formula.block .mfrac').waitFor()
  await grace.text.getByRole('math', { name: 'E=mc^2' }).waitFor()
  await grace.text.getByRole('note', { name: 'Warning' }).getByText('Mind the step').waitFor()
  await ada.sees('saved')
  const markdown = await reads(name, 'markdown')
  const wanted = [
    '> [!WARNING]\n> Mind the step\n',
    '<details>\n<summary>More of it</summary>\n\nInside\n\n</details>\n',
    'Energy $E=mc^2$ is mass, for \\$5 and \\$6.\n',
    '$$\\frac{a}{b}$$\n',
  ].join('\n')
  assert.equal(markdown.slice(0, wanted.length), wanted)
  const html = await reads(name, 'html')
  assert.match(html, /<aside data-type="callout" data-kind="warning"><p>Mind the step<\/p>/)
  assert.match(html, /<details><summary>More of it<\/summary>/)
  assert.match(html, /<span data-type="inline-math" data-latex="E=mc\^2">/)
  // What Grace sees of the details is hers: they are closed until she opens them.
  assert.equal(await grace.text.getByText('Inside').isVisible(), false)
  await grace.page.getByRole('button', { name: 'Show the details' }).click()
  await grace.text.getByText('Inside').waitFor()
  // The kind of a callout is changed, a formula is mended, a mistake is said in its place.
  await ada.page.getByRole('combobox', { name: 'Kind of this callout' }).selectOption('danger')
  await grace.text.getByRole('note', { name: 'Danger' }).waitFor()
  await ada.text.getByRole('math', { name: 'E=mc^2' }).click()
  await source.waitFor()
  await ada.types('{Control+a}\\frac{{}1}')
  await ada.page.getByText(/This cannot be shown yet/).waitFor()
  await ada.types('{Escape}')
  await source.waitFor({ state: 'detached' })
  await ada.text.getByRole('math', { name: 'E=mc^2' }).waitFor()
  assert.deepEqual(await barriers(ada), [])
  ada.isContent()
  grace.isContent()
})

const has = (locator, value) => async () => {
  const now = await locator.inputValue()
  return now === value || now
}

// A letter that somebody else typed above took the card away, with the LaTeX or the words that were being
// written in it.
test('what is written in a card stays while somebody else writes above', async () => {
  const name = story.fresh('cards')
  const content = 'Above\n\nhere $c+d$ and $a+b$\n\n![old words](https://example.org/a.png)\n\nBelow\n'
  await fetch(api('').replace(/\/$/, ''), {
    method: 'POST',
    body: JSON.stringify({ name, format: 'markdown', content }),
  })
  const [ada, grace] = [await story.person('Ada'), await story.person('Grace')]
  await ada.open(name)
  await grace.open(name)
  await grace.goesTo('p')
  await ada.text.getByRole('math', { name: 'a+b' }).click()
  const source = ada.page.getByRole('textbox', { name: 'LaTeX of this formula' })
  await source.waitFor()
  await ada.types('{End}+c')
  await grace.types('One more line{Enter}')
  await ada.reads(['p: One more line', ...(await grace.blocks()).slice(1)])
  await ada.types('+d')
  await ada.until('all of the formula', has(source, 'a+b+c+d'))
  // An input method chooses a word with Enter, and gives one up with Escape.
  for (const key of ['Enter', 'Escape'])
    await source.evaluate(
      (field, key) =>
        field.dispatchEvent(
          new KeyboardEvent('keydown', { key, isComposing: true, bubbles: true, cancelable: true }),
        ),
      key,
    )
  await ada.until('all of the formula', has(source, 'a+b+c+d'))
  // Another formula has a card of its own.
  await ada.text.getByRole('math', { name: 'c+d' }).click()
  await ada.until('the other formula', has(source, 'c+d'))
  await ada.types('{Escape}')
  await grace.text.getByRole('math', { name: 'a+b+c+d' }).waitFor()

  await ada.text.locator('figure.picture').click()
  const field = ada.page.getByRole('textbox', { name: 'Describe this picture' })
  await field.click()
  await ada.types('{Control+a}new words')
  await grace.types('And another{Enter}')
  await ada.text.getByText('And another').waitFor()
  await ada.types(' of it{Enter}')
  await stored(ada, name, 'markdown', '![new words of it](https://example.org/a.png)')
  ada.isContent(/TextSelection endpoint/)
  grace.isContent(/TextSelection endpoint/)
})

// The card compared what it had trimmed: opening and closing it was an edit.
test('a formula and a picture that are only looked at stay as they are', async () => {
  const name = story.fresh('trimmed')
  // Importing trims; other programs need not.
  const doc = new Y.Doc()
  const line = new Y.XmlElement('paragraph')
  const formula = new Y.XmlElement('inlineMath')
  formula.setAttribute('latex', ' x^2 ')
  line.insert(0, [new Y.XmlText('see'), formula])
  const picture = new Y.XmlElement('image')
  picture.setAttribute('src', 'https://example.org/a.png')
  picture.setAttribute('alt', ' spaced ')
  doc.getXmlFragment('content').insert(0, [line, picture])
  await fetch(api('').replace(/\/$/, ''), { method: 'POST', body: JSON.stringify({ name }) })
  const sent = await fetch(api(`${name}/updates`), { method: 'POST', body: Y.encodeStateAsUpdate(doc) })
  assert.ok(sent.ok)
  const state = async () =>
    Buffer.from(await (await fetch(api(`${name}/content?format=yjs`))).arrayBuffer()).toString('hex')
  const before = await state()
  const ada = await story.person('Ada')
  await ada.open(name)
  await ada.text.getByRole('math').click()
  const source = ada.page.getByRole('textbox', { name: 'LaTeX of this formula' })
  await source.waitFor()
  await ada.until('the formula', has(source, ' x^2 '))
  await ada.types('{Enter}')
  await source.waitFor({ state: 'detached' })
  await ada.text.locator('figure.picture').click()
  const field = ada.page.getByRole('textbox', { name: 'Describe this picture' })
  await field.click()
  await ada.types('{Enter}')
  await ada.sees('saved')
  assert.equal(await state(), before)
  ada.isContent(/TextSelection endpoint/)
})
