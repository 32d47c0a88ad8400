// Markup that other programs put on the clipboard, as the schema reads it: the lists of Word, which are
// paragraphs that look like items, the checklists of Google Docs, words on a coloured ground, numbers that are low
// or high. What is not one of these stays as it was.

interface Item {
  level: number
  /** The list it belongs to: Word counts each one through. */
  list: string
  ordered: boolean
  start: number
}

const ITEM = /mso-list:\s*l(\d+)\s+level(\d+)\s+lfo(\d+)/i
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
  const match = ITEM.exec(line.getAttribute('style') ?? '')
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

/** Paragraphs of Word that follow each other as items become lists in each other. */
function makeLists(page: Document): void {
  let open: (Item & { element: HTMLElement })[] = []
  for (const line of page.querySelectorAll<HTMLElement>('p[style*="mso-list" i]')) {
    const item = itemOf(line)
    if (item === null) continue
    if (open[0] === undefined || line.previousElementSibling !== open[0].element) open = []
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
      else line.before(list)
      open.push({ ...item, element: list })
    }
    const entry = page.createElement('li')
    list.append(entry)
    entry.append(line)
  }
}

/** Lists in which something can be ticked, with a picture of its box in front. */
function makeTasks(page: Document): void {
  const lists = new Set<HTMLElement>()
  for (const item of page.querySelectorAll('ul > li[role=checkbox]')) {
    if (item.parentElement !== null) lists.add(item.parentElement)
    item.querySelector(':scope > img[aria-roledescription]')?.remove()
  }
  for (const list of lists) {
    list.dataset.type = 'taskList'
    for (const item of list.querySelectorAll<HTMLElement>(':scope > li')) {
      item.dataset.type = 'taskItem'
      item.dataset.checked = String(item.getAttribute('aria-checked') === 'true')
    }
  }
}

/** The colours of Word, and what people call those that pages use. */
const NAMED: Record<string, string> = {
  yellow: 'yellow',
  gold: 'yellow',
  orange: 'yellow',
  olive: 'yellow',
  lime: 'green',
  green: 'green',
  lightgreen: 'green',
  aqua: 'blue',
  cyan: 'blue',
  blue: 'blue',
  lightblue: 'blue',
  teal: 'blue',
  navy: 'blue',
  fuchsia: 'pink',
  magenta: 'pink',
  pink: 'pink',
  red: 'pink',
  maroon: 'pink',
  purple: 'purple',
}
const GROUND = /(?:^|;)\s*background(?:-color)?\s*:\s*(#[\da-f]{3,8}|rgba?\([^)]*\)|[a-z]+)/i

/** Red, green, blue, and how much of them is seen. */
function partsOf(colour: string): number[] {
  if (!colour.startsWith('#')) return (colour.match(/[\d.]+/g) ?? []).map(Number)
  const digits =
    colour.length > 5 ? (colour.match(/\w\w/g) ?? []) : [...colour.slice(1)].map((one) => one + one)
  return digits.map((pair, index) => Number.parseInt(pair, 16) / (index === 3 ? 255 : 1))
}

/** The least by which a colour differs from grey, and the least light: the grounds of code and of dark pages have less. */
const [COLOURED, LIGHT] = [20, 100]

/** The highlight that comes nearest; null for a ground that highlights nothing. */
export function highlightOf(style: string): string | null {
  const colour = GROUND.exec(style)?.[1]?.toLowerCase()
  if (colour === undefined) return null
  if (/^[a-z]+$/.test(colour)) return NAMED[colour] ?? null
  const [red = 0, green = 0, blue = 0, seen = 1] = partsOf(colour)
  const most = Math.max(red, green, blue)
  const range = most - Math.min(red, green, blue)
  if (seen < 0.1 || range < COLOURED || most < LIGHT) return null
  const turn =
    most === red
      ? (green - blue) / range
      : most === green
        ? 2 + (blue - red) / range
        : 4 + (red - green) / range
  const hue = (turn * 60 + 360) % 360
  if (hue < 20 || hue >= 290) return 'pink'
  if (hue < 70) return 'yellow'
  if (hue < 165) return 'green'
  return hue < 250 ? 'blue' : 'purple'
}

const BLOCKS = 'p, div, ul, ol, li, table, pre, blockquote, h1, h2, h3, h4, h5, h6'

/** Words on a ground of their own are highlighted; what a browser writes around all that it copies is not. */
function makeHighlights(page: Document): void {
  for (const words of page.querySelectorAll<HTMLElement>(
    'span[style], font[style], b[style], i[style], mark[style]',
  )) {
    const style = words.getAttribute('style') ?? ''
    const color = style.includes('!important') ? null : highlightOf(style)
    if (color === null || words.closest('pre, code') || words.querySelector(BLOCKS)) continue
    if (words.tagName === 'MARK') {
      words.dataset.color ??= color
      continue
    }
    const mark = page.createElement('mark')
    mark.dataset.color = color
    mark.append(...words.childNodes)
    words.append(mark)
  }
}

const SCRIPTS: Record<string, string> = {
  SUB: '0₀1₁2₂3₃4₄5₅6₆7₇8₈9₉+₊-₋−₋=₌(₍)₎',
  SUP: '0⁰1¹2²3³4⁴5⁵6⁶7⁷8⁸9⁹+⁺-⁻−⁻=⁼(⁽)⁾nⁿiⁱ',
}

/** What is low or high and has letters that are that by themselves: H₂O, x². Other words are as they are. */
function makeScripts(page: Document): void {
  for (const script of page.querySelectorAll('sub, sup')) {
    // A link or a picture in it is not to be lost for that.
    if (script.childNodes.length !== 1 || script.firstChild?.nodeType !== 3) continue
    const letters = SCRIPTS[script.tagName] ?? ''
    const own = [...script.textContent].map((letter) => letters[letters.indexOf(letter) + 1])
    const known = [...script.textContent].every((letter) => letters.indexOf(letter) % 2 === 0)
    if (known) script.replaceWith(own.join(''))
  }
}

export function retold(html: string): string {
  // A passage of this editor says all it means.
  if (html.includes('data-pm-slice')) return html
  // Inert: nothing in it runs or is loaded.
  const page = new DOMParser().parseFromString(html, 'text/html')
  makeLists(page)
  makeTasks(page)
  makeHighlights(page)
  makeScripts(page)
  return page.body.innerHTML
}
