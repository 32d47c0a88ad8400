// Words shown to people. English is bundled; another language is another JSON file with the same
// keys. `{name}` stands for a value; `message` never shows a key that does not exist, because the
// compiler knows all of them.
import english from './en.json'

export type MessageKey = keyof typeof english

type Values = Record<string, string | number>

export const LOCALE = 'en'

export function message(key: MessageKey, values: Values = {}): string {
  return english[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

const plurals = new Intl.PluralRules(LOCALE)

/** Picks `key.one` or `key.other` by number; the number itself is `{count}`. */
export function counted(
  key: 'count.words' | 'count.people' | 'count.minutes' | 'import.made',
  count: number,
): string {
  const form = plurals.select(count) === 'one' ? 'one' : 'other'
  return message(`${key}.${form}`, { count: count.toLocaleString(LOCALE) })
}
