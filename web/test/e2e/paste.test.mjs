// What people paste from elsewhere: lists of an office program, checklists, highlighted words, tables, details and
// code, as they come from the clipboard.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pastesHtml } from './pictures.mjs'
import { Story } from './story.mjs'

let story
let ada
before(async () => {
  story = await Story.begin()
  ada = await story.person('Ada')
  await ada.open(story.fresh('paste'))
})
after(() => story.end())

/** Waits until the text has this for a selector, each with its words. */
const has = (selector, ...wanted) =>
  ada.until(`${selector} with ${wanted}`, async () => {
    const found = await ada.text
      .locator(selector)
      .evaluateAll((all) => all.map((one) => one.textContent.replace(/\s+/g, ' ').trim()))
    return JSON.stringify(found) === JSON.stringify(wanted) || found
  })

const line = (list, sign, words) =>
  `<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:${list}'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>${sign}<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;
</span></span></span><![endif]>${words}<o:p></o:p></p>\n`

// The bug: a list of Word came as paragraphs with signs in front of them.
test('a list of Word is one, with its levels, and one writes on behind it', async () => {
  await ada.startsOver('')
  const list = `${line('l0 level1 lfo1', '·', 'fruit')}${line('l0 level2 lfo1', '3.', 'apple')}${line('l0 level2 lfo1', '4.', 'pear')}`
  await pastesHtml(ada, `<html><body><!--StartFragment-->${list}<!--EndFragment--></body></html>`, 'fruit')
  await has('ul > li > ol > li', 'apple', 'pear')
  assert.equal(await ada.text.locator('ol').getAttribute('start'), '3')
  await ada.types(' tree')
  await has('ul > li > ol > li', 'apple', 'pear tree')
})

// The first paste may wait for its part of the page; a key that follows a later one must not come before it.
test('once its part of the page is there, a paste is done before the next key can come', async () => {
  await ada.startsOver('')
  await pastesHtml(ada, line('l0 level1 lfo1', '·', 'first'), 'first')
  await has('ul > li', 'first')
  const said = await ada.text.evaluate(
    async (text, html) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/html', html)
      clipboardData.setData('text/plain', 'second')
      text.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
      // What was promised is kept before anything else happens, a key or a message.
      await new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = resolve
        port2.postMessage(null)
      })
      return text.textContent
    },
    line('l0 level1 lfo1', '·', 'second'),
  )
  assert.match(said, /second/)
})

// The bug: each item came with a picture of its box, which was sent to the server.
test('a checklist of Google Docs can be ticked', async () => {
  await ada.startsOver('')
  const box = '<img src="data:image/png;base64,iVBORw0KGgo=" aria-roledescription="checkbox">'
  const item = (checked, words) =>
    `<li role="checkbox" aria-checked="${checked}">${box}<p role="presentation"><span>${words}</span></p></li>`
  await pastesHtml(ada, `<ul>${item(true, 'tickets')}${item(false, 'rooms')}</ul>`, 'tickets')
  await has('ul[data-type=taskList] > li[data-checked=true] p', 'tickets')
  await has('ul[data-type=taskList] > li[data-checked=false] p', 'rooms')
  assert.equal(await ada.page.locator('.upload, figure').count(), 0)
})

test('highlighted words stay so, those of a white page do not become so', async () => {
  await ada.startsOver('')
  const words =
    '<p style="background-color:#ffe"><span style="background-color:transparent">so </span><span style="background-color:#00ff00">much</span><span style="background-color:#fff"> white</span></p>'
  await pastesHtml(ada, words, 'so much white')
  await has('mark[data-color=green]', 'much')
  await has('mark', 'much')
})

// The bug: what one wrote next stood in the block below the table, which somebody else wrote.
test('behind a pasted table one goes on in its last cell', async () => {
  await ada.startsOver('Before{Enter}{Enter}Behind{ArrowUp}')
  const table = '<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>'
  await pastesHtml(ada, table, '1\t2\n3\t4')
  await has('td', '1', '2', '3', '4')
  await ada.types(' and more')
  await has('td', '1', '2', '3', '4 and more')
  await has(':scope > p', 'Before', 'Behind')
  // What this editor copied, too, and Markdown.
  await ada.startsOver('Before{Enter}{Enter}Behind{ArrowUp}')
  await pastesHtml(ada, '', '| a | b |\n|---|---|\n| 1 | 2 |\n')
  await has('td', '1', '2')
  await ada.types(' and more')
  await has('td', '1', '2 and more')
  await has(':scope > p', 'Before', 'Behind')
})

// The bug: details in Markdown stayed the text that they were.
test('details in pasted Markdown are details', async () => {
  await ada.startsOver('')
  const markdown = '<details>\n<summary>More</summary>\n\n- one\n- two\n\n</details>\n'
  await pastesHtml(ada, '', markdown)
  await has('.details .details-summary', 'More')
  await has('.details .details-content li', 'one', 'two')
})

// The bug: the list of languages had "js" in it, besides JavaScript.
test('code that is pasted as "js" is shown as JavaScript, and keeps its name', async () => {
  const name = story.fresh('alias')
  await ada.open(name)
  await ada.startsOver('')
  await pastesHtml(ada, '', 'See\n\n```js\nlet x = 1\n```\n')
  const picker = ada.text.getByRole('combobox', { name: 'Language' })
  const chosen = () => picker.evaluate((select) => select.selectedOptions[0].text)
  await ada.until('JavaScript', async () => (await chosen()) === 'JavaScript' || chosen())
  assert.equal(
    await picker.evaluate((select) => [...select.options].filter((one) => one.text === 'js').length),
    0,
  )
  await ada.sees('saved')
  const stored = await fetch(
    `http://127.0.0.1:${story.server.port}/api/documents/${name}/content?format=markdown`,
  )
  assert.match(await stored.text(), /```js\nlet x = 1/)
  ada.isContent()
})

// What is pasted before its part of the page is there waits for it; without it, it comes as it is.
test('without that part of the page a paste is not lost', async () => {
  const grace = await story.person('Grace')
  await grace.page.route(/\/paste-[^/]*\.js$/, (route) => route.abort())
  await grace.open(story.fresh('without'))
  await grace.startsOver('')
  await pastesHtml(grace, line('l0 level1 lfo1', '·', 'fruit'), 'fruit')
  await grace.text.getByText('fruit').waitFor()
  await grace.startsOver('')
  await pastesHtml(grace, '', '# plan\n\n- one')
  await grace.reads(['p: # plan', 'p: - one'])
})

// The first paste may wait for its part of the page, and then took the place of whatever was selected by then.
test('what is selected while a paste is on its way stays', async () => {
  const grace = await story.person('Grace')
  let free
  const freed = new Promise((resolve) => {
    free = resolve
  })
  await grace.page.route(/\/paste-[^/]*\.js$/, async (route) => {
    await freed
    await route.continue()
  })
  await grace.open(story.fresh('late'))
  await grace.startsOver('first{Enter}second words')
  await grace.goesTo('p:nth-child(1)')
  await grace.types('{End}')
  await pastesHtml(grace, '<p>pasted<sub>2</sub></p>', 'pasted2')
  await grace.goesTo('p:nth-child(2)')
  await grace.types('{Shift+End}')
  free()
  await grace.until('what was pasted', async () => (await grace.text.textContent()).includes('pasted₂'))
  await grace.reads(['p: first', 'p: second wordspasted₂'])
  grace.isContent()
})
