// Words shown to people. Each language is a JSON file with the same keys; English is bundled, another
// is fetched before the page is drawn. `{name}` stands for a value; `message` never shows a key that
// does not exist, because the compiler knows all of them. What a language lacks is said in English.
//
// The words of parts that are fetched later (`lazy`, the list of documents) are a file of their own,
// en.later.json, which comes with the first of them; everything that is drawn at once is in en.json.
import english from './en.json'
import type later from './en.later.json'

export type MessageKey = keyof typeof english | keyof typeof later

export type Words = Partial<Record<MessageKey, string>>

type Values = Record<string, string | number>

let words: Words = english
let fallback: Words = english
let learning: Promise<void> | null = null

/** Fetches the words of later parts; what failed is tried again the next time. */
export function learnLater(): Promise<void> {
  learning ??= import('./en.later.json').then(
    (module) => {
      fallback = { ...english, ...module.default }
      if (words === english) words = fallback
    },
    (error: unknown) => {
      learning = null
      throw error
    },
  )
  return learning
}

/** The language that is spoken, as a BCP 47 tag: for everything of `Intl`. */
export let LOCALE = 'en'

/** From here on this language is spoken. What was said before stays as it is. */
export function speak(locale: string, spoken: Words): void {
  LOCALE = locale
  words = spoken
  plurals = new Intl.PluralRules(locale)
}

export function message(key: MessageKey, values: Values = {}): string {
  const text = words[key] ?? fallback[key] ?? ''
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

let plurals = new Intl.PluralRules(LOCALE)

/** Keys of which each number has a form of its own: `key.one`, `key.other`, and what else a language has. */
type Counted<Key extends string> = Key extends `${infer Stem}.other` ? Stem : never

/** Picks the form for a number; the number itself is `{count}`. */
export function counted(key: Counted<MessageKey>, count: number, values: Values = {}): string {
  const form = `${key}.${plurals.select(count)}` as MessageKey
  const known = form in words ? form : (`${key}.other` as MessageKey)
  return message(known, { ...values, count: count.toLocaleString(LOCALE) })
}
