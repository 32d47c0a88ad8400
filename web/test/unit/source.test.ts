import { describe, expect, it } from 'vitest'
import { isAmount, mistakeIn } from '../../src/editor/maths'
import { isPicture, sourceOf, widthOf } from '../../src/editor/source'

const HERE = 'https://docs.example.org'
const kind = (address: unknown) => sourceOf(address, 'team/plan', HERE).kind

describe('where a picture comes from', () => {
  it('is a file of this document, or of another one', () => {
    expect(kind('/api/documents/team%2Fplan/files/ab12')).toBe('own')
    expect(kind(`${HERE}/api/documents/team%2Fplan/files/ab12?download=true`)).toBe('own')
    expect(kind('/api/documents/other/files/ab12')).toBe('other')
    expect(sourceOf(`${HERE}/api/documents/other/files/ab12`, 'x', HERE)).toEqual({
      kind: 'other',
      address: '/api/documents/other/files/ab12',
    })
  })

  it('is another host, which is named and never asked', () => {
    expect(sourceOf('//e.org:8/a.png', 'x', HERE)).toEqual({
      kind: 'foreign',
      address: 'https://e.org:8/a.png',
      host: 'e.org:8',
    })
    // On this host, but no file: a picture must not be a way to make others ask for any address.
    expect(kind('/api/documents/other')).toBe('foreign')
    expect(kind('/api/documents/a/files/../../b')).toBe('foreign')
    expect(kind('logo.png')).toBe('foreign')
  })

  it('is written out in its address, if it is a picture', () => {
    expect(kind('data:image/png;base64,AAAA')).toBe('data')
    expect(kind('data:image/svg+xml,<svg onload=x>')).toBe('none')
    expect(kind('data:text/html,x')).toBe('none')
  })

  it('is nowhere else', () => {
    for (const address of [
      'javascript:x',
      ' java\nscript:x',
      'file:///etc/passwd',
      'blob:x',
      '',
      null,
      7,
      'https://',
    ])
      expect(kind(address)).toBe('none')
  })
})

it('takes for a picture what the server gives as one', () => {
  expect(isPicture('image/png')).toBe(true)
  expect(isPicture('image/svg+xml')).toBe(false)
  expect(isPicture('application/pdf')).toBe(false)
})

it('stores a width that is one', () => {
  expect(widthOf('300')).toBe(300)
  expect(widthOf(299.6)).toBe(300)
  for (const wrong of [null, '', '0', '-5', '20000', '50%', 'auto', undefined, Number.NaN])
    expect(widthOf(wrong)).toBe(null)
})

it('tells money from maths', () => {
  for (const money of ['5', '5.000,50', '5-', '20 €'.slice(0, 2), '10k']) expect(isAmount(money)).toBe(true)
  for (const maths of ['x', '2x+1', 'E=mc^2', '5 \\cdot 2', 'n']) expect(isAmount(maths)).toBe(false)
})

it('says of a mistake what it is', () => {
  expect(mistakeIn(new Error("KaTeX parse error: Expected '}', got 'EOF' at end of input: \\frac{1"))).toBe(
    "Expected '}', got 'EOF'",
  )
})
