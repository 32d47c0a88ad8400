// What is looked for, and where it is in a text. A question becomes one pattern; the answer for a block
// of text is remembered with the block, which never changes: after a keystroke one paragraph is searched,
// not the document.
import type { Node } from '@tiptap/pm/model'
import { ATOM } from '../../atom'
import { findIn, type Match } from './matches'
import type { Found } from './trial'

export interface Question {
  text: string
  caseMatters: boolean
  wholeWords: boolean
  /** The text is a regular expression. */
  expression: boolean
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

/** A block of text in which something was found. */
export interface Place {
  block: Node
  position: number
  /** From its first letter. */
  matches: readonly Match[]
}

/**
 * Finds one question in documents that change. An expression is tried elsewhere, and what was found is
 * learnt: until then nothing is found in a block, and it is among those that are `open`. What is known is
 * known of blocks, so what was found in a text is never taken for what is in a newer one.
 */
export class Search {
  readonly #known = new WeakMap<Node, readonly Match[]>()
  #by: string | null = null
  #put = new WeakMap<Node, readonly string[]>()

  constructor(
    readonly pattern: RegExp,
    readonly isElsewhere = false,
  ) {}

  /** Matches of one block of text, from its first letter. */
  inBlock(block: Node): readonly Match[] {
    const known = this.#known.get(block)
    if (known !== undefined) return known
    if (this.isElsewhere) return []
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

  /** The blocks in which there are any, in the order of the document. */
  places(doc: Node): Place[] {
    const places: Place[] = []
    doc.descendants((block, position) => {
      if (!block.isTextblock) return true
      const matches = this.inBlock(block)
      if (matches.length > 0) places.push({ block, position, matches })
      return false
    })
    return places
  }

  /** Blocks in which the expression was not tried yet, or not with what is to stand in the place of matches. */
  open(doc: Node, by: string | null): Node[] {
    const open: Node[] = []
    if (!this.isElsewhere) return open
    this.#replaceBy(by)
    doc.descendants((block) => {
      if (!block.isTextblock) return true
      const known = this.#known.get(block)
      const isPut = by === null || known?.length === 0 || this.#put.has(block)
      if (known === undefined || !isPut) open.push(block)
      return false
    })
    return open
  }

  /** What was found in a block, and what stands in the place of that. */
  learn(block: Node, { matches, put }: Found, by: string | null): void {
    this.#known.set(block, matches)
    this.#replaceBy(by)
    if (put !== null) this.#put.set(block, put)
  }

  /** What stands in the place of a match of a block: of an expression, `$1` and its like are filled in. */
  replacement(block: Node, index: number, by: string): string {
    if (!this.isElsewhere) return by
    const put = by === this.#by ? this.#put.get(block)?.[index] : undefined
    if (put === undefined) throw new Error('A match is replaced before it was tried.')
    return put
  }

  #replaceBy(by: string | null): void {
    if (by === null || by === this.#by) return
    this.#by = by
    this.#put = new WeakMap()
  }
}
