import { describe, expect, it } from 'vitest'
import { frontMatter, textOf } from '../../src/api/textfile'

const bytes = (...values: (number | string)[]): Uint8Array =>
  Uint8Array.from(
    values.flatMap((value) =>
      typeof value === 'number' ? [value] : [...value].map((letter) => letter.charCodeAt(0)),
    ),
  )

// The bug: a text file that is not UTF-8 came in with a sign of doubt for each letter that is not English.
describe('the letters of a text file', () => {
  it('are UTF-8 where they can be', () => {
    expect(textOf(new TextEncoder().encode('Grüße 😀'))).toBe('Grüße 😀')
    expect(textOf(bytes(0xef, 0xbb, 0xbf, 'a'))).toBe('a')
    expect(textOf(bytes())).toBe('')
  })

  it('are those of old files where they cannot', () => {
    expect(textOf(bytes('Gr', 0xfc, 0xdf, 'e'))).toBe('Grüße')
  })

  it('are what a mark says', () => {
    expect(textOf(bytes(0xff, 0xfe, 'a', 0, 0xfc, 0))).toBe('aü')
    expect(textOf(bytes(0xfe, 0xff, 0, 'a', 0, 0xfc))).toBe('aü')
  })

  it('are what a page says, if it may be believed', () => {
    const page = (said: string) => bytes(`<meta charset="${said}"><p>`, 0xe4, 0xe0)
    expect(textOf(page('windows-1251'))).toContain('<p>да')
    expect(textOf(page('utf-8'))).toContain('<p>äà')
    expect(textOf(page('no-such-thing'))).toContain('<p>äà')
  })
})

// The bug: what other editors say of a text before it became a large heading in it.
describe('what stands before a Markdown text', () => {
  it('gives the title, and goes when it says nothing else', () => {
    expect(frontMatter('---\ntitle: "A plan: two"\n---\n# Text\n')).toEqual({
      title: 'A plan: two',
      content: '# Text\n',
    })
  })

  it('stays as code where it says more', () => {
    expect(frontMatter('---\r\ntitle: Plan\r\ntags:\r\n  - a\r\n- b\r\n---\r\n\r\nText')).toEqual({
      title: 'Plan',
      content: '```yaml\ntags:\n  - a\n- b\n```\n\n\r\nText',
    })
    expect(frontMatter('---\ntitle: >\n  long\n---\n').content).toContain('title: >')
  })

  it('is not what only looks like it', () => {
    for (const text of [
      '---\n\na: b\n\n---\n',
      '---\nWords of a text.\n---\n',
      'a\n---\nb: c\n---\n',
      '---\na: b\n',
      '',
    ])
      expect(frontMatter(text)).toEqual({ title: '', content: text })
  })
})
