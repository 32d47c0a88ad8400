// Which language the page speaks: the one chosen on this device, or the first of the browser's that we
// have. English is in the entry; another comes as a chunk of its own before anything is drawn.
import english from './en.json'
import { speak, type Words } from './message'

export interface Language {
  tag: string
  /** In its own words: whoever looks for it may not read the current one. */
  name: string
  /** Where its lines run to the left, and the page with them. */
  leftward?: true
  load: () => Promise<Words>
}

const KEY = 'cowrite:language'

export const LANGUAGES: Language[] = [
  { tag: 'en', name: 'English', load: async () => english },
  { tag: 'de', name: 'Deutsch', load: async () => (await import('./de.json')).default },
  { tag: 'he', name: 'עברית', leftward: true, load: async () => (await import('./he.json')).default },
]

/** The first of the wanted tags that there is, by its primary part; English when there is none. */
export function languageFor(wanted: readonly string[], chosen: string | null): Language {
  for (const tag of chosen === null ? wanted : [chosen, ...wanted]) {
    const primary = tag.toLowerCase().split('-')[0]
    const found = LANGUAGES.find((language) => language.tag === primary)
    if (found !== undefined) return found
  }
  return LANGUAGES[0] as Language
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

/** The language of this page. */
export const language: Language = languageFor(navigator.languages, stored())

/** Another language, which this page speaks when it is loaded again. */
export function chooseLanguage(tag: string): void {
  try {
    localStorage.setItem(KEY, tag)
  } catch {
    // Storage is refused: the choice cannot outlive the page, and a new page is what it needs.
  }
}

/** Dates and numbers are written as where the reader is: "en-GB" where the browser says so, else "en". */
export function regionOf(tag: string, wanted: readonly string[]): string {
  return wanted.find((one) => one.toLowerCase().split('-')[0] === tag) ?? tag
}

/** Speaks the language of this page; resolves also when it cannot be fetched: English is there. */
export async function loadLanguage(): Promise<void> {
  const { documentElement } = document
  try {
    speak(regionOf(language.tag, navigator.languages), await language.load())
  } catch {
    return
  }
  documentElement.lang = language.tag
  documentElement.dir = language.leftward ? 'rtl' : 'ltr'
}
