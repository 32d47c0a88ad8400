// Markdown as the HTML that the schema reads: tasks as the editor has them, headings as deep as they go,
// and HTML within it as the text it is. A chunk of its own, with the parser.
import { Marked } from 'marked'

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign)

const parser = new Marked({
  gfm: true,
  renderer: {
    html: ({ text, block }) => (block ? `<p>${escaped(text.trim())}</p>` : escaped(text)),
  },
  extensions: [
    {
      name: 'highlight',
      level: 'inline',
      start: (text) => text.indexOf('=='),
      tokenizer(text) {
        const match = /^==(?=\S)([^=\n]+?)(?<=\S)==/.exec(text)
        const inner = match?.[1]
        if (match === null || inner === undefined) return undefined
        return { type: 'highlight', raw: match[0], tokens: this.lexer.inlineTokens(inner) }
      },
      renderer(token) {
        return `<mark data-color="yellow">${this.parser.parseInline(token.tokens ?? [])}</mark>`
      },
    },
  ],
})

const LEVELS = 4

/** A list in which something can be ticked is a list of tasks. */
function markTasks(root: ParentNode): void {
  for (const box of root.querySelectorAll('li input[type=checkbox]')) {
    const item = box.closest('li')
    const list = item?.parentElement
    if (item === null || !list) continue
    list.dataset.type = 'taskList'
    item.dataset.checked = String(box.hasAttribute('checked'))
    const behind = box.nextSibling
    if (behind?.nodeType === 3) behind.nodeValue = (behind.nodeValue ?? '').trimStart()
    box.remove()
  }
  for (const item of root.querySelectorAll<HTMLElement>('[data-type=taskList] > li')) {
    item.dataset.type = 'taskItem'
    item.dataset.checked ??= 'false'
  }
}

/** `keepsImages`: documents may hold them; else the words for one lead to it. */
export function htmlOf(markdown: string, keepsImages: boolean): string {
  // Inert: nothing in it runs or is loaded.
  const page = new DOMParser().parseFromString(parser.parse(markdown, { async: false }), 'text/html')
  markTasks(page)
  for (const heading of page.querySelectorAll('h5, h6')) {
    const highest = page.createElement(`h${LEVELS}`)
    highest.append(...heading.childNodes)
    heading.replaceWith(highest)
  }
  for (const code of page.querySelectorAll('pre > code'))
    code.textContent = (code.textContent ?? '').replace(/\n$/, '')
  if (!keepsImages)
    for (const image of page.querySelectorAll('img')) {
      const link = page.createElement('a')
      link.href = image.getAttribute('src') ?? ''
      link.textContent = image.alt || link.href
      image.replaceWith(link)
    }
  return page.body.innerHTML
}
