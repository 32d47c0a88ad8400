// The lists of Word, which are none in the markup that it puts on the clipboard. On a desk each item is a paragraph
// that looks like one, with its bullet or number written in front; on the web each is a list of its own, in a box
// of its own. Items that follow each other become lists in each other.

interface Item {
  level: number
  /** The list it belongs to: Word counts each one through. */
  list: string
  ordered: boolean
  start: number
}

const STYLE = /mso-list:\s*l(\d+)\s+level(\d+)\s+lfo(\d+)/i
const SIGN = '[style*="mso-list:Ignore" i], [style*="mso-list: Ignore" i]'
/** A number of several levels ends with its own. */
const NUMBER = /^\(?(?:[\da-z]+\.)*?(\d+|[a-z]{1,5})[.)]+$/i

/** Word has so many. */
const LEVELS = 9

/** What is written in front of a line, which is taken away: a bullet or a number. */
function takeSign(line: HTMLElement): string {
  let sign = ''
  let within: ChildNode[] | null = null
  for (const node of [...line.childNodes]) {
    const mark = node.nodeType === 8 ? (node.nodeValue ?? '') : ''
    if (mark.includes('endif') && within !== null) {
      // Without its end it may be all of the line.
      for (const part of within) {
        sign += part.textContent
        part.remove()
      }
      within = null
    }
    within?.push(node)
    if (mark.includes('supportLists')) within = []
  }
  for (const rest of line.querySelectorAll(SIGN)) {
    sign += rest.textContent
    rest.remove()
  }
  return sign.replace(/\s+/g, '')
}

function itemOf(line: HTMLElement): Item | null {
  const match = STYLE.exec(line.getAttribute('style') ?? '')
  if (match === null) return null
  const number = NUMBER.exec(takeSign(line))?.[1]
  const letter = number?.length === 1 && !/^[iv]$/i.test(number) ? Number.parseInt(number, 36) - 9 : 1
  return {
    level: Math.min(Number(match[2]), LEVELS),
    list: `${match[1]} ${match[3]}`,
    ordered: number !== undefined,
    start: number === undefined ? 1 : /^\d/.test(number) ? Number(number) : letter,
  }
}

/** Puts items that follow each other into lists. */
class Gathering {
  /** The lists that an item may go on, each in the one before. */
  private open: (Item & { element: HTMLElement })[] = []

  constructor(private readonly page: Document) {}

  /** `block` is what has stood where the item was found. */
  add(item: Item, entry: HTMLElement, block: HTMLElement): void {
    if (this.open[0] === undefined || block.previousElementSibling !== this.open[0].element) this.open = []
    const { open, page } = this
    const goesOn = (other: Item): boolean =>
      other.level === item.level && other.list === item.list && other.ordered === item.ordered
    while (open.length > 0) {
      const last = open[open.length - 1]
      if (last === undefined || last.level < item.level || goesOn(last)) break
      open.pop()
    }
    let list = open.find(goesOn)?.element
    if (list === undefined) {
      list = page.createElement(item.ordered ? 'ol' : 'ul')
      if (item.start > 1) list.setAttribute('start', String(item.start))
      const around = open[open.length - 1]?.element.lastElementChild
      if (around) around.append(list)
      else block.before(list)
      open.push({ ...item, element: list })
    }
    list.append(entry)
  }
}

/** Paragraphs of Word on a desk. */
function makeLines(page: Document): void {
  const gathering = new Gathering(page)
  for (const line of page.querySelectorAll<HTMLElement>('p[style*="mso-list" i]')) {
    const item = itemOf(line)
    if (item === null) continue
    const entry = page.createElement('li')
    gathering.add(item, entry, line)
    entry.append(line)
  }
}

const LEVEL = 'data-aria-level'
const ENTRIES = `:scope > li[${LEVEL}]`

/** Lists of Word on the web. */
function makeBoxes(page: Document): void {
  // A blank that ends each paragraph.
  for (const end of page.querySelectorAll('span.EOP')) if (end.textContent.trim() === '') end.remove()
  const gathering = new Gathering(page)
  for (const list of page.querySelectorAll<HTMLElement>('ul, ol')) {
    // What stands in an item is nested already.
    if (list.querySelector(ENTRIES) === null || list.parentElement?.closest('li')) continue
    const block = list.closest<HTMLElement>('.ListContainerWrapper') ?? list
    const ordered = list.tagName === 'OL'
    for (const [at, entry] of [...list.querySelectorAll<HTMLElement>(ENTRIES)].entries()) {
      const level = Number(entry.getAttribute(LEVEL))
      if (!(level >= 1)) continue
      const start = ordered ? Number(list.getAttribute('start') ?? 1) + at : 1
      const item = { level: Math.min(level, LEVELS), list: entry.dataset.listid ?? '', ordered, start }
      gathering.add(item, entry, block)
    }
    if (list.childElementCount === 0) list.remove()
    if (block.textContent.trim() === '' && block.querySelector('li, img') === null) block.remove()
  }
}

export function makeLists(page: Document): void {
  makeLines(page)
  makeBoxes(page)
}
