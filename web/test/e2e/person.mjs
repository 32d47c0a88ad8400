// Somebody at a browser: verbs for what people do, and conditions for what they see. Every wait is
// for a condition and has an end; nothing here looks inside the page's code.
import assert from 'node:assert/strict'

const LIMIT = 12_000

/** What a document shows, one line a block: kind, a colon, its text. */
function readBlocks(root) {
  const lines = []
  const textOf = (element) => {
    const copy = element.cloneNode(true)
    for (const caret of copy.querySelectorAll('.caret, .code-controls')) caret.remove()
    return copy.textContent.replaceAll('\u2060', '')
  }
  const visit = (element, prefix) => {
    const tag = element.tagName.toLowerCase()
    if (/^(p|h[1-6]|pre)$/.test(tag)) lines.push(`${prefix}${tag}: ${textOf(element)}`)
    else if (tag === 'hr') lines.push('hr')
    else if (tag === 'li') {
      const kind =
        element.dataset.checked === undefined ? 'li' : element.dataset.checked === 'true' ? '[x]' : '[ ]'
      for (const child of element.children) if (child.tagName !== 'LABEL') visit(child, `${prefix}${kind} `)
    } else {
      const inner = /^(ul|ol|blockquote|td|th)$/.test(tag) ? `${prefix}${tag} ` : prefix
      for (const child of element.children) visit(child, inner)
    }
  }
  for (const child of root.children) visit(child, '')
  return lines
}

export class Person {
  /** Everything the browser complained about. */
  complaints = []

  static async come(browser, wire, name, { color = '#1a6fc4', ...options } = {}) {
    const person = new Person()
    person.name = name
    person.wire = wire
    person.context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      locale: 'en-GB',
      ...options,
    })
    await person.context.addInitScript(
      ([key, identity]) => {
        if (localStorage.getItem(key) === null) localStorage.setItem(key, identity)
        document.addEventListener('securitypolicyviolation', (event) =>
          console.error(`Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI}`),
        )
      },
      ['cowrite:identity', JSON.stringify({ name, color })],
    )
    await person.newPage()
    return person
  }

  async newPage() {
    this.page = await this.context.newPage()
    this.page.setDefaultTimeout(LIMIT)
    this.page.on('console', (entry) => {
      if (entry.type() === 'error' || entry.type() === 'warning') this.complaints.push(entry.text())
    })
    this.page.on('pageerror', (error) => this.complaints.push(`uncaught: ${error.message}`))
  }

  async goHome() {
    await this.page.goto(this.wire.url)
    await this.page.getByRole('heading', { name: 'Documents', level: 1 }).waitFor()
  }

  async open(document) {
    await this.page.goto(`${this.wire.url}/d/${document.split('/').map(encodeURIComponent).join('/')}`)
    await this.text.waitFor()
    await this.sees('saved')
  }

  get text() {
    return this.page.locator('.text')
  }

  get keyboard() {
    return this.page.keyboard
  }

  /** Types words; a key between braces is pressed: `one{Enter}two`. */
  async types(words) {
    for (const part of words.split(/(\{[^}]+\})/)) {
      if (part.startsWith('{')) {
        await this.keyboard.press(part.slice(1, -1))
        await this.frame()
      } else if (part !== '') await this.keyboard.type(part)
    }
  }

  /** Nobody presses the next key before the last one was drawn. */
  frame() {
    const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    // A key may lead to another page, which ends the frames of this one.
    return this.page.evaluate(drawn).catch(() => undefined)
  }

  /** Puts the caret into a block, `letters` after its start. */
  async goesTo(block, letters = 0) {
    await this.text.locator(block).first().click()
    await this.types(`{Home}${'{ArrowRight}'.repeat(letters)}`)
  }

  /** Replaces everything; the document then has what was typed and nothing else. */
  async startsOver(words) {
    await this.text.click()
    // A click into what is selected ends the selection a moment later, and would end the next one.
    await this.frame()
    await this.types(`{Control+a}{Delete}{Control+Alt+0}${words}`)
  }

  blocks() {
    return this.text.evaluate(readBlocks)
  }

  async until(what, check, limit = LIMIT) {
    const end = Date.now() + limit
    let last
    for (;;) {
      last = await check()
      if (last === true) return
      if (Date.now() > end)
        assert.fail(`${this.name} waited in vain for ${what}; last seen: ${JSON.stringify(last)}`)
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
  }

  async reads(expected) {
    const wanted = JSON.stringify(expected)
    await this.until(wanted, async () => {
      const blocks = await this.blocks()
      return JSON.stringify(blocks) === wanted || blocks
    })
  }

  /** A state of the save label, by name. */
  async sees(state) {
    const label = this.page.locator('.save')
    await this.until(`the state "${state}"`, async () => {
      const now = await label.getAttribute('data-state')
      return now === state || now
    })
    // The bug: chunks that needed each other left it without its picture, "[object Object]" in its place.
    assert.equal(await label.locator('svg').count(), 1)
    assert.doesNotMatch(await label.innerText(), /\[object/)
  }

  async hears(message) {
    await this.page.getByText(message).first().waitFor()
  }

  /** Nothing may have gone wrong in this browser, except what the story itself broke. */
  isContent(allowed = /^$/) {
    const bad = this.complaints.filter((complaint) => !allowed.test(complaint))
    assert.deepEqual(bad, [], `${this.name}'s browser complained`)
  }

  async leaves() {
    await this.context.close()
  }
}
