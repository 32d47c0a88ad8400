// Markdown as the HTML that the schema reads: tasks, callouts, details and formulas as the editor has them and
// the server writes them (docs/formats.md), headings as deep as they go, and other HTML within it as the text
// it is. Only in a lazy chunk, for the parser's sake.
import { Marked } from 'marked'

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign)

const CODE = /^ {0,3}(`{3,}|~{3,})[\s\S]*?^ {0,3}\1|(`+)[^`\n]+\2/gm
const DETAILS = /^ {0,3}<details(?:\s[^>]*)?>\s*(?:<summary(?:\s[^>]*)?>([\s\S]*?)<\/summary\s*>)?/i
/** Deeper in each other they stay the text they are; a paste would be made flat before. */
const FOLDS = 24

/** What stands first in a text, if that is details: how long it is, its line, and where what it hides begins and ends. */
function detailsOf(text: string) {
  const head = DETAILS.exec(text)
  if (head === null) return null
  // Of code each letter is one still, and no tag.
  const bare = text.replace(CODE, (code) => ' '.repeat(code.length))
  const tags = /<(\/?)details(?:\s[^>]*)?>[ \t]*\n?/gi
  const from = head[0].length
  tags.lastIndex = from
  let open = 1
  for (let tag = tags.exec(bare); tag !== null && open < FOLDS; tag = tags.exec(bare)) {
    open += tag[1] === '/' ? -1 : 1
    if (open === 0) return { length: tags.lastIndex, line: head[1] ?? '', from, to: tag.index }
  }
  return null
}

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
    {
      // The line is markup, as on the server; what it hides is Markdown again.
      name: 'details',
      level: 'block',
      start: (text) => /^ {0,3}<details[\s>]/im.exec(text)?.index,
      tokenizer(text) {
        const found = detailsOf(text)
        if (found === null) return undefined
        const tokens = this.lexer.blockTokens(text.slice(found.from, found.to).replace(/^\s*\n/, ''), [])
        return { type: 'details', raw: text.slice(0, found.length), line: found.line, tokens }
      },
      renderer(token) {
        return `<details><summary>${token.line}</summary><div data-type="detailsContent">${this.parser.parse(token.tokens ?? [])}</div></details>`
      },
    },
    {
      name: 'formula',
      level: 'block',
      start: (text) => /^\$\$/m.exec(text)?.index,
      tokenizer(text) {
        const match = /^\$\$([^$]+)\$\$[ \t]*(?:\n|$)/.exec(text)
        return match?.[1]?.trim() ? { type: 'formula', raw: match[0], latex: match[1].trim() } : undefined
      },
      renderer: ({ latex }) => `<div data-latex="${escaped(String(latex))}"></div>`,
    },
    {
      // As the server reads them: what two amounts of money stand around is none.
      name: 'inlineFormula',
      level: 'inline',
      start: (text) => text.indexOf('$'),
      tokenizer(text) {
        const match = /^(\$\$?)(?![\s$])((?:\\[^\n]|[^$\\\n])+?)(?<!\s)\1(?![\d$])/.exec(text)
        return match === null ? undefined : { type: 'inlineFormula', raw: match[0], latex: match[2] }
      },
      renderer: ({ latex }) => `<span data-latex="${escaped(String(latex))}"></span>`,
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

const CALLOUTS: Record<string, string> = {
  NOTE: 'info',
  IMPORTANT: 'info',
  TIP: 'tip',
  WARNING: 'warning',
  CAUTION: 'danger',
}
const ALERT = /^\s*\[!([A-Za-z]+)\][ \t]*(?:\n|$)/

/** A quote that begins with `[!NOTE]` on a line of its own is a callout. */
function markCallouts(page: Document): void {
  for (const quote of page.querySelectorAll('blockquote')) {
    const line = quote.firstElementChild
    const words = line?.firstChild
    if (line?.tagName !== 'P' || words?.nodeType !== 3) continue
    const kind = CALLOUTS[ALERT.exec(words.nodeValue ?? '')?.[1]?.toUpperCase() ?? '']
    if (kind === undefined) continue
    words.nodeValue = (words.nodeValue ?? '').replace(ALERT, '')
    if (line.textContent?.trim() === '' && quote.childElementCount > 1) line.remove()
    const callout = page.createElement('aside')
    callout.dataset.type = 'callout'
    callout.dataset.kind = kind
    callout.append(...quote.childNodes)
    quote.replaceWith(callout)
  }
}

/** `keepsImages`: documents may hold them; else the words for one lead to it. */
export function htmlOf(markdown: string, keepsImages: boolean): string {
  // Inert: nothing in it runs or is loaded.
  const page = new DOMParser().parseFromString(parser.parse(markdown, { async: false }), 'text/html')
  markTasks(page)
  markCallouts(page)
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
