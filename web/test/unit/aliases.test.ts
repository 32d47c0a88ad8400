// Other names of languages, and the picker that shows what they mean.
import { describe, expect, test } from 'vitest'
import { languageOf, standFor } from '../../src/editor/aliases'
import { lowlight } from '../../src/editor/grammars'
import { LANGUAGES } from '../../src/editor/languages'

/** As the picker is made: plain text, the languages, and what was added for a name. */
function picker(chosen: string): HTMLSelectElement {
  const select = document.createElement('select')
  const offered = [['', 'Plain text'], ...LANGUAGES.map(([id, label]) => [id, label])]
  for (const [value = '', label = ''] of offered) {
    const option = document.createElement('option')
    option.value = value
    option.textContent = label
    select.append(option)
  }
  return asks(select, chosen)
}

function asks(select: HTMLSelectElement, name: string): HTMLSelectElement {
  if (![...select.options].some(({ value }) => value === name)) {
    const option = document.createElement('option')
    option.value = name
    option.textContent = name
    select.append(option)
  }
  select.value = name
  return select
}

const shows = (select: HTMLSelectElement): string | null | undefined =>
  [...select.options].find(({ value }) => value === select.value)?.textContent

// The bug: "js" stood in the list as a language of its own, and JavaScript beside it.
describe('a language that goes by another name', () => {
  test.each([
    ['js', 'JavaScript'],
    ['PY', 'Python'],
    ['c++', 'C++'],
    ['html', 'HTML, XML'],
    ['text', 'Plain text'],
  ])('%s is shown as %s', (name, label) => {
    const select = picker(name)
    standFor(select, name)
    expect(shows(select)).toBe(label)
    expect(select.value).toBe(name)
    expect(select.options.length).toBe(LANGUAGES.length + 1)
  })

  test('goes by its own again when that is what comes next', () => {
    const select = picker('js')
    standFor(select, 'js')
    standFor(asks(select, 'javascript'), 'javascript')
    expect(shows(select)).toBe('JavaScript')
    expect(select.value).toBe('javascript')
    expect(select.options.length).toBe(LANGUAGES.length + 1)
  })

  test('takes no choice back that was made in the meantime', () => {
    const select = picker('js')
    select.value = 'python'
    standFor(select, 'js')
    expect(select.value).toBe('python')
  })

  test('is none when nobody knows the name', () => {
    const select = picker('klingon')
    standFor(select, 'klingon')
    expect(shows(select)).toBe('klingon')
  })
})

test('every language has its colours, and so has each of its names', () => {
  for (const [id] of LANGUAGES) expect(lowlight.registered(id)).toBe(true)
  for (const name of [
    'js',
    'ts',
    'py',
    'rb',
    'rs',
    'sh',
    'yml',
    'md',
    'html',
    'toml',
    'kt',
    'cs',
    'golang',
  ]) {
    expect(lowlight.registered(name)).toBe(true)
    expect(LANGUAGES.some(([id]) => id === languageOf(name))).toBe(true)
  }
})
