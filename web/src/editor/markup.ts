// Markup that other programs put on the clipboard, as the schema reads it: the lists of Word (wordlists.ts) and its
// headings on the web, the checklists of Google Docs, words on a coloured ground, numbers that are low or high.
// What is not one of these stays as it was.
import { makeLists } from './wordlists'

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

/** Paragraphs that say that they are headings, as Word writes them on the web. */
function makeHeadings(page: Document): void {
  for (const line of page.querySelectorAll('p[role=heading]')) {
    const level = Number(line.getAttribute('aria-level'))
    if (!(level >= 1 && level <= 6)) continue
    const heading = page.createElement(`h${Math.trunc(level)}`)
    heading.append(...line.childNodes)
    line.replaceWith(heading)
  }
}

export function retold(html: string): string {
  // A passage of this editor says all it means.
  if (html.includes('data-pm-slice')) return html
  // Inert: nothing in it runs or is loaded.
  const page = new DOMParser().parseFromString(html, 'text/html')
  makeHeadings(page)
  makeLists(page)
  makeTasks(page)
  makeHighlights(page)
  makeScripts(page)
  return page.body.innerHTML
}
