// What the palette finds for a few letters, and in which order.
import { FileText } from 'lucide-preact'
import { describe, expect, test } from 'vitest'
import { type Entry, type Group, sectionsOf } from '../../src/ui/palette/entries'
import { rank } from '../../src/ui/palette/rank'

const best = (typed: string, names: string[]): string[] =>
  names
    .map((name) => ({ name, score: rank(typed, name) }))
    .filter((one) => one.score !== null)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0))
    .map(({ name }) => name)

describe('a name answers', () => {
  test('best when it begins with what was typed, then by its words, then inside them', () => {
    expect(best('list', ['Bulleted list', 'Enlist', 'List of names', 'Table'])).toEqual([
      'List of names',
      'Bulleted list',
      'Enlist',
    ])
  })
  test('to letters in their order, words before leaps', () => {
    expect(best('fr', ['Find and replace', 'Print'])).toEqual(['Find and replace'])
    expect(best('h2', ['Heading 2', 'Heading 1'])).toEqual(['Heading 2'])
    expect(rank('zzz', 'Heading')).toBeNull()
    // The bug: these letters are somewhere in it, and it stood before the document "Retrospective".
    expect(rank('retro', 'Strikethrough')).toBeNull()
    expect(rank('it', 'Insert table')).not.toBeNull()
  })
  test('whatever the case and the accents', () => {
    expect(best('uber', ['Über uns'])).toEqual(['Über uns'])
    expect(best('ÉCRIRE', ['écrire'])).toEqual(['écrire'])
  })
  test('to several words in any order', () => {
    expect(best('replace find', ['Find and replace', 'Find in the text'])).toEqual(['Find and replace'])
  })
  test('by further words for it, behind those that are called so', () => {
    const byWord = rank('todo', 'Task list', 'task todo check')
    expect(byWord).not.toBeNull()
    expect(rank('todo', 'Todo of May')).toBeGreaterThan(byWord ?? 0)
  })
})

const entry = (group: Group, name: string): Entry => ({
  id: name,
  group,
  name,
  icon: FileText,
  run: () => {},
})

describe('the palette', () => {
  const all = [entry('commands', 'Print'), entry('commands', 'History'), entry('headings', 'Pricing')]
  test('shows what was used lately first, and once', () => {
    const sections = sectionsOf('', all, [entry('documents', 'Minutes')], ['History', 'gone'])
    expect(sections.map(({ group, entries }) => [group, ...entries.map(({ name }) => name)])).toEqual([
      ['recent', 'History'],
      ['commands', 'Print'],
      ['headings', 'Pricing'],
      ['documents', 'Minutes'],
    ])
  })
  test('puts the group with the best answer first, and documents behind what is here', () => {
    const sections = sectionsOf('pric', all, [entry('documents', 'Prices')], ['History'])
    expect(sections.map(({ group }) => group)).toEqual(['headings', 'documents'])
  })
})
