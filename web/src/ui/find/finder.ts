// Finding and replacing in the text of one editor: which matches there are, which one is looked at, and
// their marks in the text. Marks are drawn around the one that is looked at, so that a letter that is
// there sixty thousand times can be looked for, too.
//
// Words are found at once. An expression is tried elsewhere (trials.ts), and what is done with its matches
// waits until it was tried in all of the text as it is then.
import { type Signal, signal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import { Fragment, type Node } from '@tiptap/pm/model'
import { TextSelection, type Transaction } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { yUndoPluginKey } from '@tiptap/y-tiptap'
import { type Draw, light, unlight } from '../../editor/spotlight'
import { type Match, nearest } from './matches'
import { proposeReplacing } from './proposing'
import { lettersOf, MOST, patternOf, type Question, Search } from './question'
import { type Failure, Trials } from './trials'

/** So many matches are marked on either side of the one that is looked at. */
const AROUND = 400
/** With more matches than this, those that moved are looked for when typing pauses. */
const AT_ONCE = 2000
const PAUSE = 250

export class Finder {
  /** How many there are; null while nothing is looked for. */
  readonly count: Signal<number | null> = signal(null)
  readonly current = signal(0)
  /** Why nothing is looked for: the expression is none, takes too long, or cannot be tried. */
  readonly trouble: Signal<'wrong' | Failure | null> = signal(null)
  /** An expression is being tried. */
  readonly trying = signal(false)

  #search: Search | null = null
  #matches: Match[] = []
  #start: number
  #timer: ReturnType<typeof setTimeout> | undefined
  /** What is to be done with matches once they are known, in this order. */
  #waiting: { act: () => void; by: string | null }[] = []

  constructor(
    private readonly editor: Editor,
    private readonly trials = new Trials(),
  ) {
    this.#start = editor.state.selection.from
  }

  /** Looks for something else, from where one was. */
  ask(question: Question): void {
    const pattern = patternOf(question)
    this.trouble.value = pattern === undefined ? 'wrong' : null
    this.#rest()
    this.#search = pattern ? new Search(pattern, question.expression) : null
    this.#find()
    this.#scroll()
    if (this.#isOpen())
      this.#once(() => {
        this.#find()
        this.#scroll()
      })
  }

  #find(): void {
    this.#matches = this.#search?.in(this.editor.state.doc) ?? []
    this.current.value = nearest(this.#matches, this.#start)
    this.#show()
  }

  /** Parts of the text were not tried yet. */
  #isOpen(): boolean {
    return (this.#search?.open(this.editor.state.doc, null).length ?? 0) > 0
  }

  /** Does this with the matches of all of the text as it is now: at once, or when they are known. */
  #once(act: () => void, by: string | null = null): void {
    if (this.#search === null) return
    this.#waiting.push({ act, by })
    this.#proceed()
  }

  #proceed(): void {
    // An act may change the text, and then the next one waits for what is new.
    while (!this.trying.peek()) {
      const [next, search] = [this.#waiting[0], this.#search]
      if (next === undefined || search === null || this.editor.isDestroyed) return
      const open = search.open(this.editor.state.doc, next.by)
      if (open.length > 0) this.#try(search, open, next.by)
      else {
        this.#waiting.shift()
        next.act()
      }
    }
  }

  #try(search: Search, blocks: Node[], by: string | null): void {
    const { source, flags } = search.pattern
    this.trying.value = true
    this.trials.run(
      { source, flags, texts: blocks.map(lettersOf), by },
      (found) => {
        this.trying.value = false
        for (const [at, block] of blocks.entries()) {
          const one = found[at]
          if (one !== undefined) search.learn(block, one, by)
        }
        this.#proceed()
      },
      (why) => {
        this.#rest()
        this.trouble.value = why
        this.#search = null
        this.#find()
      },
    )
  }

  /** Nothing is waited for any more. */
  #rest(): void {
    this.#waiting = []
    this.trials.stop()
    this.trying.value = false
  }

  /** The next match, or with -1 the one before. It is selected, so that the caret is there. */
  go(step: 1 | -1): void {
    this.#once(() => {
      this.#refresh()
      const count = this.#matches.length
      if (count === 0) return
      this.current.value = (this.current.peek() + step + count) % count
      this.#select()
    })
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
    this.#once(() => this.#replace(by), by)
  }

  #replace(by: string): void {
    this.#refresh()
    const match = this.#matches[this.current.peek()]
    const search = this.#search
    if (match === undefined || search === null || !this.editor.isEditable) return
    const { state, view } = this.editor
    const $from = state.doc.resolve(match.from)
    const index = search.inBlock($from.parent).findIndex(({ from }) => from === $from.parentOffset)
    const text = search.replacement($from.parent, index, by)
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
    this.#once(() => {
      this.#find()
      this.#select()
    })
  }

  /** Replaces all of them, as one step that one undo takes back. Tells how many. */
  replaceAll(by: string, told: (count: number) => void): void {
    this.#once(() => {
      const search = this.#search
      if (search === null || !this.editor.isEditable) return
      this.#step()
      const count = this.editor.storage.suggesting?.isOn()
        ? this.#proposeAll(search, by)
        : this.#writeAll(search, by)
      this.#step()
      this.#once(() => this.#refresh())
      told(count)
    }, by)
  }

  #proposeAll(search: Search, by: string): number {
    const replacements = search.places(this.editor.state.doc).flatMap(({ block, position, matches }) =>
      matches.map(({ from, to }, index) => ({
        from: position + 1 + from,
        to: position + 1 + to,
        text: search.replacement(block, index, by),
      })),
    )
    return proposeReplacing(this.editor, replacements.slice(0, MOST))
  }

  #writeAll(search: Search, by: string): number {
    const { state, view } = this.editor
    const { tr } = state
    let count = 0
    // From the end, so that the positions before stay what they are.
    for (const { block, position, matches } of search.places(state.doc).reverse()) {
      const [first, last] = [matches[0], matches.at(-1)]
      if (first === undefined || last === undefined) continue
      let pieces = Fragment.empty
      let end = first.from
      for (const [index, { from, to }] of matches.entries()) {
        const text = search.replacement(block, index, by)
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
    if (this.#matches.length > AT_ONCE) {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#once(() => this.#refresh()), PAUSE)
    } else if (!this.#isOpen())
      // The marks are right already (`#draw`); only the number is not told yet.
      this.count.value = this.#matches.length
    else if (this.#waiting.length === 0) this.#once(() => this.#refresh())
  }

  /** Puts the caret where the search has led to. What one told to be replaced is replaced still. */
  close(): void {
    clearTimeout(this.#timer)
    if (this.#waiting.some(({ by }) => by !== null)) {
      // The caret is the writer's until then.
      this.#waiting.push({ act: () => this.#end(), by: null })
      return
    }
    if (!this.editor.isDestroyed && !this.#isOpen()) {
      this.#refresh()
      if (this.count.peek()) this.#select()
    }
    this.#end()
  }

  #end(): void {
    this.#rest()
    if (this.editor.isDestroyed) return
    this.#search = null
    this.editor.view.dispatch(unlight(this.editor.state.tr))
  }

  /** A step of the history of its own, whatever was written just before or after. */
  #step(): void {
    yUndoPluginKey.getState(this.editor.state)?.undoManager.stopCapturing()
  }

  #refresh(): void {
    if (this.#search === null || this.editor.isDestroyed) return
    const before = this.#matches[this.current.peek()]
    this.#matches = this.#search.in(this.editor.state.doc)
    if (before !== undefined) this.current.value = nearest(this.#matches, before.from)
    this.#show()
  }

  #show(): void {
    this.count.value = this.#search === null || this.#isOpen() ? null : this.#matches.length
    this.editor.view.dispatch(this.#lit(this.editor.state.tr))
  }

  #lit(transaction: Transaction): Transaction {
    return light(transaction, this.#marks(transaction.doc), this.#draw)
  }

  readonly #draw: Draw = (transaction, before) => {
    const search = this.#search
    if (search === null) return DecorationSet.empty
    const { mapping } = transaction
    if (this.#matches.length > AT_ONCE) return before.map(mapping, transaction.doc)
    if (search.open(transaction.doc, null).length > 0) {
      // Until it is known what is found now, what was found stays where it went.
      this.#matches = this.#matches.map(({ from, to }) => ({ from: mapping.map(from), to: mapping.map(to) }))
      return before.map(mapping, transaction.doc)
    }
    const at = this.#matches[this.current.peek()]
    this.#matches = search.in(transaction.doc)
    if (at !== undefined) this.current.value = nearest(this.#matches, mapping.map(at.from))
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
