// How much there is of a text: words, letters, paragraphs, headings. What was counted of a node is
// remembered with it, and nodes never change, so a new count costs what was changed since the last one.
import type { Node } from '@tiptap/pm/model'
import { countWords, standing } from './words'

export interface Tally {
  words: number
  /** As people count them: a family of emoji is one. */
  characters: number
  /** Without spaces. */
  letters: number
  paragraphs: number
  headings: number
}

const known = new WeakMap<Node, Omit<Tally, 'words'>>()
const graphemes = 'Segmenter' in Intl ? new Intl.Segmenter(undefined, { granularity: 'grapheme' }) : null

function characters(text: string): number {
  // Of plain Latin letters each is one.
  if (graphemes === null || /^[\x20-\x7e]*$/.test(text)) return text.length
  let count = 0
  for (const _ of graphemes.segment(text)) count += 1
  return count
}

function tallyOf(node: Node): Omit<Tally, 'words'> {
  const before = known.get(node)
  if (before !== undefined) return before
  const sum = { characters: 0, letters: 0, paragraphs: 0, headings: 0 }
  if (node.isTextblock) {
    const text = standing(node, '')
    sum.characters = characters(text)
    sum.letters = characters(text.replace(/\s+/gu, ''))
    if (node.type.name === 'heading') sum.headings = text.trim() === '' ? 0 : 1
    else sum.paragraphs = text.trim() === '' ? 0 : 1
  } else
    node.forEach((child) => {
      const part = tallyOf(child)
      sum.characters += part.characters
      sum.letters += part.letters
      sum.paragraphs += part.paragraphs
      sum.headings += part.headings
    })
  known.set(node, sum)
  return sum
}

export const tally = (doc: Node): Tally => ({ words: countWords(doc), ...tallyOf(doc) })
