/**
 * One's own letters that were on their way when somebody else rebuilt their line (made it a heading, a
 * list, moved it, split it) stand in it again.
 *
 * Somebody else's page can only rebuild what it knows: the line comes back without the last letters that
 * were typed here, and those are deleted with the old line, or stay behind in the other half. They are
 * written again, as an edit of this page, where there is no doubt: what came is, letter for letter, what
 * stood here without the newest letters of one's own, once; and those are so new that not everybody can
 * have seen them. What somebody deleted stays deleted: then more is missing, or no line has come. Never
 * while the line is away: there the merge is rehearsed, and its losses told (sync/rescue.ts).
 */
import type { Editor } from '@tiptap/core'
import type { Node, NodeType } from '@tiptap/pm/model'
import { TextSelection, type Transaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import * as Y from 'yjs'
import { ATOM } from '../atom'

/** One letter of a line as it was before, or a thing that is no letter. */
export interface Letter {
  sign: string
  /** Its clock, when it was typed here and lately; else -1. */
  clock: number
  /** It stands where it stood. */
  stays: boolean
}

/** What is to be written again, from the last to the first: at which letter of the text that came. */
export interface Return {
  at: number
  words: string
}

/**
 * The letters that a line has lost, when `came` is that line without them; null when it is not. The line
 * begins with the first letter that went.
 */
export function lettersToReturn(line: readonly Letter[], came: string): Return[] | null {
  const missing = line.length - came.length
  const newest = line
    .map(({ clock }) => clock)
    .filter((clock) => clock >= 0)
    .sort((a, b) => b - a)
  const since = newest[missing - 1]
  if (missing <= 0 || since === undefined) return null
  const returns: Return[] = []
  let at = 0
  for (const { sign, clock, stays } of line) {
    if (clock >= since) {
      const last = returns[0]
      if (last?.at === at) last.words += sign
      else returns.unshift({ at, words: sign })
    } else {
      // A letter that stays is no part of what came.
      if (stays || came[at] !== sign) return null
      at += 1
    }
  }
  return returns
}

/** A new line: a letter in code, a thing of its own elsewhere. One becomes the other when code becomes a line. */
const BREAK = '\n'
const signOf = (name: string): string => (name === 'hardBreak' ? BREAK : ATOM)

type Types = Map<unknown, Node | Node[]>

const textOf = (node: Node): string =>
  node.textBetween(0, node.content.size, undefined, ({ type }) => signOf(type.name))

/** Whether words can be written in a line of this kind. */
const fits = (words: string, { spec, contentMatch, schema }: NodeType): boolean => {
  if (words.includes(ATOM)) return false
  const line = schema.linebreakReplacement
  return (
    spec.code === true || !words.includes(BREAK) || (line !== null && contentMatch.matchType(line) !== null)
  )
}

function write(change: Transaction, words: string, at: number): void {
  const { type } = change.doc.resolve(at).parent
  const line = type.spec.code ? null : type.schema.linebreakReplacement
  const parts = line === null ? [words] : words.split(BREAK)
  for (const [index, part] of parts.reverse().entries()) {
    if (index > 0 && line !== null) change.insert(at, line.create())
    if (part !== '') change.insertText(part, at)
  }
}

interface Came {
  node: Node
  /** Where in the node it begins. */
  from: number
  text: string
}

/**
 * Follows the lines of a document that is being written in; returns how to stop. `settled` says up to
 * which clock everybody knows what was written here; null while the line is away.
 */
export function returnLetters(editor: Editor, doc: Y.Doc, settled: () => number | null): () => void {
  const read = (transaction: Y.Transaction) => {
    const known = ({ client, clock }: Y.ID) => clock < (transaction.beforeState.get(client) ?? 0)
    const went = (item: Y.Item) => item.deleted && Y.isDeleted(transaction.deleteSet, item.id)
    /** Calls for the letters of a line, those that went included. */
    const visit = (line: Y.XmlElement, call: (sign: string, item: Y.Item, offset: number) => void) => {
      for (let part = line._start; part !== null; part = part.right) {
        if ((part.deleted && !went(part)) || !part.countable) continue
        const type = part.content instanceof Y.ContentType ? part.content.type : null
        if (!(type instanceof Y.XmlText)) {
          call(type instanceof Y.XmlElement ? signOf(type.nodeName) : ATOM, part, 0)
          continue
        }
        for (let item = type._start; item !== null; item = item.right) {
          if ((item.deleted && !went(item)) || !item.countable) continue
          const text = item.content instanceof Y.ContentString ? item.content.str : ATOM
          for (let offset = 0; offset < text.length; offset += 1) call(text[offset] ?? '', item, offset)
        }
      }
    }
    return { known, went, visit }
  }
  type Reading = ReturnType<typeof read>

  /** The lines that had letters which were typed here lately, and are not whole any more. */
  const broken = (transaction: Y.Transaction, { known, went, visit }: Reading, since: number) => {
    const lines = new Set<Y.XmlElement>()
    const structs = doc.store.clients.get(doc.clientID) ?? []
    for (let index = structs.length - 1; index >= 0; index -= 1) {
      const item = structs[index]
      if (item === undefined || item.id.clock + item.length <= since) break
      if (!(item instanceof Y.Item) || !(item.parent instanceof Y.XmlText)) continue
      const line = item.parent.parent
      if (line instanceof Y.XmlElement && (went(item) || transaction.changed.has(item.parent as never)))
        lines.add(line)
    }
    return [...lines].flatMap((line) => {
      const letters: Letter[] = []
      visit(line, (sign, item, offset) => {
        const own = item.id.client === doc.clientID && item.id.clock + offset >= since
        if (known(item.id))
          letters.push({ sign, clock: own ? item.id.clock + offset : -1, stays: !item.deleted })
      })
      const first = letters.findIndex(({ stays }) => !stays)
      return first < 0 ? [] : [{ line, head: letters.slice(0, first), tail: letters.slice(first) }]
    })
  }

  /** The unbroken texts that came, as the page shows them. */
  const arrivals = (types: Types, { known, visit }: Reading): Came[] => {
    const found: Came[] = []
    const begin = (came: Came): Came => {
      found.push(came)
      return came
    }
    for (const [line, node] of types) {
      if (!(line instanceof Y.XmlElement) || Array.isArray(node) || !node.isTextblock) continue
      let [at, came] = [0, null as Came | null]
      visit(line, (sign, item) => {
        if (item.deleted) return
        if (known(item.id)) came = null
        else {
          came ??= begin({ node, from: at, text: '' })
          came.text += sign
        }
        at += 1
      })
    }
    return found
  }

  const hear = (transaction: Y.Transaction) => {
    if (transaction.local || editor.isDestroyed || !editor.isEditable) return
    const since = settled()
    if (since === null || since >= (transaction.beforeState.get(doc.clientID) ?? 0)) return
    const binding = ySyncPluginKey.getState(editor.state)?.binding
    if (!binding) return
    const reading = read(transaction)
    const lines = broken(transaction, reading, since)
    if (lines.length === 0) return
    const types = binding.mapping as unknown as Types
    const came = arrivals(types, reading)
    const shown = editor.state.doc
    const starts = new Map<Node, number>()
    shown.descendants((node, position) => {
      starts.set(node, position + 1)
      return !node.isTextblock
    })
    /** From one place to another: what is written there, or how many letters leave. */
    const edits: { at: number; words: string; leave: number }[] = []
    const { empty, head: caret } = editor.state.selection
    /** A caret behind letters that leave goes with them: so many letters behind a place. */
    let goes: { from: number; by: number } | null = null
    for (const { line, head, tail } of lines) {
      const claims = came.flatMap((one) => {
        const returns = lettersToReturn(tail, one.text)
        return returns === null ? [] : [{ ...one, returns }]
      })
      const [claim] = claims
      const start = claim && starts.get(claim.node)
      if (claim === undefined || claims.length > 1 || start === undefined) continue
      if (!claim.returns.every(({ words }) => fits(words, claim.node.type))) continue
      const strays = tail.filter(({ stays }) => stays)
      if (strays.length > 0) {
        const left = types.get(line) as Node | undefined
        const stood = left && starts.get(left)
        const [from, to] = [head.length, head.length + strays.length]
        const text = strays.map(({ sign }) => sign).join('')
        if (left === undefined || stood === undefined || textOf(left).slice(from, to) !== text) continue
        edits.push({ at: stood + from, words: '', leave: strays.length })
        const last = strays[caret - stood - from - 1]
        if (empty && last !== undefined) goes = { from: start + claim.from, by: tail.indexOf(last) + 1 }
      }
      for (const { at, words } of claim.returns) edits.push({ at: start + claim.from + at, words, leave: 0 })
    }
    if (edits.length === 0) return
    // The change must be all over first; no key comes between.
    queueMicrotask(() => {
      const { view, state } = editor
      if (view.isDestroyed || state.doc !== shown) return
      const change = state.tr
      for (const { at, words, leave } of edits.sort((a, b) => b.at - a.at))
        if (leave > 0) change.delete(at, at + leave)
        else write(change, words, at)
      if (goes !== null)
        change.setSelection(TextSelection.create(change.doc, change.mapping.map(goes.from, -1) + goes.by))
      view.dispatch(change)
    })
  }
  doc.on('afterTransaction', hear)
  return () => doc.off('afterTransaction', hear)
}
