// Finding and replacing in the text of one editor: which matches there are, which one is looked at, and
// their marks in the text. Marks are drawn around the one that is looked at, so that a letter that is
// there sixty thousand times can be looked for, too.
import { type Signal, signal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import { Fragment, type Node } from '@tiptap/pm/model'
import { TextSelection, type Transaction } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { yUndoPluginKey } from '@tiptap/y-tiptap'
import { ATOM } from '../../atom'
import { type Draw, light, unlight } from '../../editor/spotlight'
import { proposeReplacing } from './proposing'
import { type Match, nearest, patternOf, type Question, Search } from './question'

/** So many matches are marked on either side of the one that is looked at. */
const AROUND = 400
/** With more matches than this, those that moved are looked for when typing pauses. */
const AT_ONCE = 2000
const PAUSE = 250

export class Finder {
  /** How many there are; null while nothing is looked for. */
  readonly count: Signal<number | null> = signal(null)
  readonly current = signal(0)
  /** The expression is not one. */
  readonly wrong = signal(false)

  #search: Search | null = null
  #question: Question | null = null
  #matches: Match[] = []
  #start: number
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly editor: Editor) {
    this.#start = editor.state.selection.from
  }

  /** Looks for something else, from where one was. */
  ask(question: Question): void {
    const pattern = patternOf(question)
    this.wrong.value = pattern === undefined
    this.#question = question
    this.#search = pattern ? new Search(pattern) : null
    this.#matches = this.#search?.in(this.editor.state.doc) ?? []
    this.current.value = nearest(this.#matches, this.#start)
    this.#show()
    this.#scroll()
  }

  /** The next match, or with -1 the one before. It is selected, so that the caret is there. */
  go(step: 1 | -1): void {
    this.#refresh()
    const count = this.#matches.length
    if (count === 0) return
    this.current.value = (this.current.peek() + step + count) % count
    this.#select()
  }

  /** Selects the match that is looked at. */
  #select(): void {
    const match = this.#matches[this.current.peek()]
    if (match === undefined) return
    this.#start = match.from
    const { state, view } = this.editor
    view.dispatch(this.#lit(state.tr.setSelection(TextSelection.create(state.doc, match.from, match.to))))
    this.#scroll()
  }

  /** Replaces the match that is looked at, and goes to the next one. */
  replace(by: string): void {
    this.#refresh()
    const match = this.#matches[this.current.peek()]
    if (match === undefined || !this.editor.isEditable) return
    const { state, view } = this.editor
    const text = this.#by(state.doc.textBetween(match.from, match.to, '\n', ATOM), by)
    this.#step()
    if (this.editor.storage.suggesting?.isOn()) {
      // The match stays where it was, as words that are to go, or as it is; only one's own proposal really
      // goes. What is proposed for it stands in front of what comes next, and is not looked at.
      proposeReplacing(this.editor, [{ from: match.from, to: match.to, text }])
      this.#start = match.to + this.editor.state.doc.content.size - state.doc.content.size
    } else {
      const { tr } = state
      if (text === '') tr.delete(match.from, match.to)
      else tr.insertText(text, match.from, match.to)
      view.dispatch(tr)
      this.#start = match.from + text.length
    }
    this.#step()
    this.#matches = this.#search?.in(this.editor.state.doc) ?? []
    this.current.value = nearest(this.#matches, this.#start)
    this.#show()
    this.#select()
  }

  /** Replaces all of them, as one step that one undo takes back. Says how many. */
  replaceAll(by: string): number {
    const search = this.#search
    if (search === null || !this.editor.isEditable) return 0
    this.#step()
    const count = this.editor.storage.suggesting?.isOn()
      ? this.#proposeAll(search, by)
      : this.#writeAll(search, by)
    this.#step()
    this.#refresh()
    return count
  }

  #proposeAll(search: Search, by: string): number {
    const { doc } = this.editor.state
    return proposeReplacing(
      this.editor,
      search.in(doc).map(({ from, to }) => ({
        from,
        to,
        text: this.#by(doc.textBetween(from, to, '\n', ATOM), by),
      })),
    )
  }

  #writeAll(search: Search, by: string): number {
    const { state, view } = this.editor
    const blocks: { block: Node; position: number }[] = []
    state.doc.descendants((block, position) => {
      if (!block.isTextblock) return true
      if (search.inBlock(block).length > 0) blocks.push({ block, position })
      return false
    })
    const { tr } = state
    let count = 0
    // From the end, so that the positions before stay what they are.
    for (const { block, position } of blocks.reverse()) {
      const matches = search.inBlock(block)
      const [first, last] = [matches[0], matches.at(-1)]
      if (first === undefined || last === undefined) continue
      let pieces = Fragment.empty
      let end = first.from
      for (const { from, to } of matches) {
        const text = this.#by(block.textBetween(from, to, '\n', ATOM), by)
        pieces = pieces.append(block.content.cut(end, from))
        const marks = block.resolve(from).marksAcross(block.resolve(to)) ?? []
        if (text !== '') pieces = pieces.append(Fragment.from(state.schema.text(text, marks)))
        end = to
      }
      tr.replaceWith(position + 1 + first.from, position + 1 + last.to, pieces)
      count += matches.length
    }
    if (count > 0) view.dispatch(tr)
    return count
  }

  /** The document has changed. */
  changed(): void {
    if (this.#search === null) return
    if (this.#matches.length <= AT_ONCE) {
      // The marks are right already (`#draw`); only the number is not told yet.
      this.count.value = this.#matches.length
      return
    }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#refresh(), PAUSE)
  }

  /** Puts the caret where the search has led to. */
  close(): void {
    clearTimeout(this.#timer)
    if (this.editor.isDestroyed) return
    this.#refresh()
    if (this.count.peek()) this.#select()
    this.#search = null
    this.editor.view.dispatch(unlight(this.editor.state.tr))
  }

  /** A step of the history of its own, whatever was written just before or after. */
  #step(): void {
    yUndoPluginKey.getState(this.editor.state)?.undoManager.stopCapturing()
  }

  #by(found: string, by: string): string {
    return this.#search?.replacement(found, by, this.#question?.expression === true) ?? by
  }

  #refresh(): void {
    if (this.#search === null || this.editor.isDestroyed) return
    const before = this.#matches[this.current.peek()]
    this.#matches = this.#search.in(this.editor.state.doc)
    if (before !== undefined) this.current.value = nearest(this.#matches, before.from)
    this.#show()
  }

  #show(): void {
    this.count.value = this.#search === null ? null : this.#matches.length
    this.editor.view.dispatch(this.#lit(this.editor.state.tr))
  }

  #lit(transaction: Transaction): Transaction {
    return light(transaction, this.#marks(transaction.doc), this.#draw)
  }

  readonly #draw: Draw = (transaction, before) => {
    const search = this.#search
    if (search === null) return DecorationSet.empty
    if (this.#matches.length > AT_ONCE) return before.map(transaction.mapping, transaction.doc)
    const at = this.#matches[this.current.peek()]
    this.#matches = search.in(transaction.doc)
    if (at !== undefined) this.current.value = nearest(this.#matches, transaction.mapping.map(at.from))
    return this.#marks(transaction.doc)
  }

  #marks(doc: Node): DecorationSet {
    const current = this.current.peek()
    const first = Math.max(0, current - AROUND)
    return DecorationSet.create(
      doc,
      this.#matches
        .slice(first, current + AROUND)
        .map(({ from, to }, index) =>
          Decoration.inline(from, to, { class: first + index === current ? 'found current' : 'found' }),
        ),
    )
  }

  /** Brings the match before one's eyes, below the bar of the search. */
  #scroll(): void {
    const match = this.#matches[this.current.peek()]
    const stage = this.editor.view.dom.closest('.stage')
    if (match === undefined || stage === null) return
    const box = this.editor.view.coordsAtPos(match.from)
    const around = stage.getBoundingClientRect()
    if (box.top > around.top + 110 && box.bottom < around.bottom - 60) return
    stage.scrollBy({ top: box.top - around.top - around.height / 3, behavior: 'instant' })
  }
}
