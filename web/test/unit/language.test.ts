import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import now from '../../src/i18n/en.json'
import later from '../../src/i18n/en.later.json'
import { LANGUAGES, languageFor, regionOf } from '../../src/i18n/language'

const english: Record<string, string> = { ...now, ...later }

const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort()

/** `count.words.few` is a further form of `count.words.other`; "since.many" is a message of its own. */
function stem(key: string): string {
  const other = key.replace(/\.(zero|one|two|few|many)$/, '.other')
  return other in english ? other : key
}

for (const { tag, load } of LANGUAGES.filter((language) => language.tag !== 'en'))
  test(`${tag} says everything that English says, with the same holes`, async () => {
    const words = (await load()) as Record<string, string>
    expect(Object.keys(english).filter((key) => !(stem(key) in words))).toEqual([])
    for (const [key, text] of Object.entries(words)) {
      const said = english[key] ?? english[stem(key)]
      expect(said, `${key} is not said in English`).toBeDefined()
      // A form for exactly one need not say the number.
      const mine = holes(text).filter((hole) => hole !== '{count}')
      expect(mine, key).toEqual(holes(said ?? '').filter((hole) => hole !== '{count}'))
    }
  })

test('every message is shown somewhere', () => {
  const sources: string[] = []
  const read = (folder: string) => {
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name)
      if (statSync(file).isDirectory()) read(file)
      else if (/\.tsx?$/.test(name)) sources.push(readFileSync(file, 'utf8'))
    }
  }
  read(path.resolve('src'))
  const code = sources.join('\n')
  const said = (key: string): boolean => {
    const parts = key.split('.')
    // A key is written whole, or its beginning is, with a hole for the rest.
    return parts.some((_, at) => {
      const start = parts.slice(0, parts.length - at).join('.')
      return at === 0
        ? code.includes(`'${key}'`)
        : new RegExp(`[\`'"]${start.replaceAll('.', '\\.')}(['"]|\\.?\\$\\{|\\.\`)`).test(code)
    })
  }
  expect(Object.keys(english).filter((key) => !said(key))).toEqual([])
})

test('the language is the chosen one, or the first of the browser that there is', () => {
  expect(languageFor(['fr-FR', 'de-AT', 'en'], null).tag).toBe('de')
  expect(languageFor(['de'], 'en').tag).toBe('en')
  expect(languageFor(['xx'], 'yy').tag).toBe('en')
  expect(languageFor([], null).tag).toBe('en')
})

// A reader in London had "2:18 PM" and the month in front of the day.
test('dates and numbers are written as in the region of the browser', () => {
  expect(regionOf('en', ['de-AT', 'en-GB', 'en'])).toBe('en-GB')
  expect(regionOf('de', ['en-GB'])).toBe('de')
})

test('no message stands in both files of English', () => {
  expect(Object.keys(now).filter((key) => key in later)).toEqual([])
})
