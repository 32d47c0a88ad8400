// What is looked for, and where it is in a text. A question becomes one pattern; the answer for a block
// of text is remembered with the block, which never changes: after a keystroke one paragraph is searched,
// not the document.
import type { Node } from '@tiptap/pm/model'
import { ATOM } from '../../atom'

export interface Question {
  text: string
  caseMatters: boolean
  wholeWords: boolean
  /** The text is a regular expression. */
  expression: boolean
}

export interface Match {
  from: number
  to: number
}

/** More than anybody looks through; what is beyond them is not counted either. */
export const MOST = 100_000

const LETTER = '[\\p{L}\\p{M}\\p{N}_]'

/** Null for an empty question; undefined where the expression is not one. */
export function patternOf(question: Question): RegExp | null | undefined {
  if (question.text === '') return null
  const plain = question.expression ? question.text : question.text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const source = question.wholeWords ? `(?<!${LETTER})(?:${plain})(?!${LETTER})` : plain
  const flags = `g${question.caseMatters ? '' : 'i'}`
  try {
    return new RegExp(source, `${flags}${question.wholeWords || question.expression ? 'u' : ''}`)
  } catch {
    if (!question.expression) return undefined
  }
  try {
    // An escape that means nothing is an error under `u` only.
    return question.wholeWords ? undefined : new RegExp(source, flags)
  } catch {
    return undefined
  }
}

/** The text of a block, one unit for each position in it. */
export function lettersOf(block: Node): string {
  let text = ''
  block.forEach((child) => {
    if (child.isText) text += child.text ?? ''
    else text += child.type.name === 'hardBreak' ? '\n' : ATOM.repeat(child.nodeSize)
  })
  return text
}

/** Where the pattern is in a text. What is found empty is passed over. */
export function findIn(text: string, pattern: RegExp): Match[] {
  const found: Match[] = []
  for (const match of text.matchAll(pattern))
    if (match[0] !== '') found.push({ from: match.index, to: match.index + match[0].length })
  return found
}

/** Finds one question in documents that change. */
export class Search {
  readonly #known = new WeakMap<Node, Match[]>()

  constructor(readonly pattern: RegExp) {}

  /** Matches of one block of text, from its first letter. */
  inBlock(block: Node): Match[] {
    const known = this.#known.get(block)
    if (known !== undefined) return known
    const found = findIn(lettersOf(block), this.pattern)
    this.#known.set(block, found)
    return found
  }

  /** Matches in a document, in its order, as positions. */
  in(doc: Node): Match[] {
    const all: Match[] = []
    doc.descendants((node, position) => {
      if (!node.isTextblock) return all.length < MOST
      for (const { from, to } of this.inBlock(node))
        if (all.length < MOST) all.push({ from: position + 1 + from, to: position + 1 + to })
      return false
    })
    return all
  }

  /** What stands in the place of a match: of an expression, `$1` and its like are filled in. */
  replacement(found: string, by: string, expression: boolean): string {
    if (!expression) return by
    // Only this one match, as it was found among its neighbours: `^` and `\b` may not hold without them.
    const alone = new RegExp(this.pattern.source, this.pattern.flags.replace('g', ''))
    return alone.test(found) ? found.replace(alone, by) : by
  }
}

/** The first match that does not lie before a position; the first of all behind the last one. */
export function nearest(matches: readonly Match[], position: number): number {
  let low = 0
  let high = matches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((matches[middle]?.from ?? 0) < position) low = middle + 1
    else high = middle
  }
  return low === matches.length ? 0 : low
}
