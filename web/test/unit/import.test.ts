import { expect, it } from 'vitest'
import { contentPath } from '../../src/address'
import { formatOf, titleOf } from '../../src/api/import'

it('tells what a file is by its ending, whatever its case', () => {
  expect(formatOf('Notes.MD')).toBe('markdown')
  expect(formatOf('a.b.htm')).toBe('html')
  expect(formatOf('a.json')).toBe('json')
  expect(formatOf('Letter.DOCX')).toBe('docx')
  expect(formatOf('md')).toBeUndefined()
  expect(formatOf('picture.png')).toBeUndefined()
})

it('calls a document as its file, without the ending', () => {
  expect(titleOf('Plan v1.2.md')).toBe('Plan v1.2')
  expect(titleOf('README')).toBe('README')
})

it('asks for a whole page where a file is wanted', () => {
  expect(contentPath('team/plan', 'html')).toBe(
    '/api/documents/team%2Fplan/content?format=html&page=true&download=true',
  )
  expect(contentPath('a', 'text')).toBe('/api/documents/a/content?format=text&download=true')
})
