// What the palette offers: each thing with a name, a group, and what happens when it is chosen.
import type { Editor } from '@tiptap/core'
import { ArrowDown, ArrowUp, FileText, Hash, Highlighter, type LucideIcon, Redo2, Undo2 } from 'lucide-preact'
import { documentPath } from '../../address'
import { listDocuments } from '../../api/documents'
import { searchDocuments } from '../../api/search'
import { BLOCKS } from '../../editor/blocks'
import { EMOJI } from '../../editor/emoji'
import { headingsOf } from '../../editor/headings'
import { pieceAt, stepOf } from '../../editor/pieces'
import { Taken } from '../../editor/taken'
import { type MessageKey, message } from '../../i18n/message'
import { COMMANDS, canRun } from '../document/commands'
import type { Desk } from '../document/desk'
import { EXTRAS } from '../document/extras'
import { MARKS } from '../document/marks'
import { DOWN, UP } from '../document/piecekeys'
import { stepPiece } from '../document/piecemenu'
import { goToHeading } from '../document/reading'
import { entryOf, marked, merged } from '../home/found'
import { titleOfEntry } from '../home/row'
import { rank } from './rank'

export type Group = 'recent' | 'commands' | 'text' | 'headings' | 'documents'

export interface Entry {
  id: string
  group: Group
  name: string
  icon: LucideIcon
  /** Further words for the same thing. */
  words?: string
  detail?: string
  shortcut?: string
  /** Is remembered when it was chosen. */
  lasting?: boolean
  run: () => void
}

const MOST = 8

/** What can be done with this document, and where one can go in it. */
export function entriesOf(desk: Desk): Entry[] {
  const commands = [...COMMANDS, ...EXTRAS]
    .filter((command) => command.id !== 'palette' && canRun(command, desk))
    .map(
      (command): Entry => ({
        id: `command:${command.id}`,
        group: 'commands',
        name: message(command.label),
        icon: command.icon,
        lasting: true,
        ...(command.words ? { words: command.words } : {}),
        ...(command.shortcut ? { shortcut: command.shortcut } : {}),
        run: () => command.run(desk),
      }),
    )
  const editor = desk.editor.peek()
  if (editor === null || desk.past.peek()) return [...commands]
  const headings = headingsOf(editor.state.doc).map(
    (heading): Entry => ({
      id: `heading:${heading.position}`,
      group: 'headings',
      name: heading.text,
      icon: Hash,
      run: () => goToHeading(editor, heading),
    }),
  )
  if (!editor.isEditable) return [...commands, ...headings]
  const blocks = [...BLOCKS, EMOJI].map(
    (block): Entry => ({
      id: `block:${block.id}`,
      group: 'text',
      name: message(block.label),
      icon: block.icon,
      words: block.words,
      lasting: true,
      ...(block.shortcut ? { shortcut: block.shortcut } : {}),
      run: () => block.apply(editor.chain().focus()).run(),
    }),
  )
  const marks = MARKS.map(
    (mark): Entry => ({
      id: `mark:${mark.name}`,
      group: 'text',
      name: message(mark.label),
      icon: mark.icon,
      shortcut: mark.shortcut,
      lasting: true,
      run: () => mark.toggle(editor.chain().focus()).run(),
    }),
  )
  const highlight: Entry = {
    id: 'mark:highlight',
    group: 'text',
    name: message('mark.highlight'),
    icon: Highlighter,
    shortcut: 'Mod-Shift-h',
    words: 'marker colour',
    lasting: true,
    run: () => editor.chain().focus().toggleHighlight().run(),
  }
  const steps = (
    [
      ['undo', 'toolbar.undo', Undo2, 'Mod-z'],
      ['redo', 'toolbar.redo', Redo2, 'Mod-Shift-z'],
    ] as const
  )
    .filter(([step]) => editor.can()[step]())
    .map(
      ([step, label, icon, shortcut]): Entry => ({
        id: `step:${step}`,
        group: 'text',
        name: message(label),
        icon,
        shortcut,
        run: () => editor.chain().focus()[step]().run(),
      }),
    )
  return [...commands, ...blocks, ...marks, highlight, ...steps, ...movesOf(editor), ...headings]
}

/** Where the block that the caret is in can go. */
function movesOf(editor: Editor): Entry[] {
  const { doc, selection } = editor.state
  const piece = pieceAt(selection.$from)
  if (piece === null) return []
  const taken = new Taken(editor, piece)
  const ways = [
    ['help.pieceUp', ArrowUp, UP, false],
    ['help.pieceDown', ArrowDown, DOWN, true],
  ] as const
  return ways
    .filter(([, , , down]) => stepOf(doc, piece, down) !== null)
    .map(([label, icon, shortcut, down]) => ({
      id: label,
      group: 'text',
      name: message(label),
      icon,
      shortcut,
      lasting: true,
      run: () => void stepPiece(taken, down),
    }))
}

const documentEntry = (name: string, label: string, detail: string): Entry => ({
  id: `document:${name}`,
  group: 'documents',
  name: label,
  icon: FileText,
  ...(detail === '' || detail === label ? {} : { detail }),
  run: () => location.assign(documentPath(name)),
})

/** Documents of which the server knows these words, in their texts or their names. */
export async function documentsFor(
  typed: string,
  besides: string | null,
  signal: AbortSignal,
): Promise<Entry[]> {
  if (typed === '') {
    const page = await listDocuments({ limit: MOST, sort: 'updated' }, signal)
    return page.documents
      .map(entryOf)
      .filter(({ name }) => name !== besides)
      .map((entry) => documentEntry(entry.name, titleOfEntry(entry), entry.name))
  }
  const [texts, names] = await Promise.allSettled([
    searchDocuments(typed, MOST, signal),
    listDocuments({ q: typed, limit: MOST }, signal),
  ])
  if (names.status === 'rejected') throw names.reason
  // Without its texts a document is found by its name at least.
  const found = texts.status === 'fulfilled' ? texts.value.results : []
  return merged(found, names.value.documents)
    .filter(({ name }) => name !== besides)
    .slice(0, MOST)
    .map((entry) => {
      const label = titleOfEntry(entry)
      const said =
        entry.excerpt.some((piece) => piece.match) && !marked(label, typed).some((one) => one.match)
      return documentEntry(
        entry.name,
        label,
        said ? entry.excerpt.map((piece) => piece.text).join('') : entry.name,
      )
    })
}

export const GROUPS: Record<Group, MessageKey> = {
  recent: 'palette.recent',
  commands: 'palette.commands',
  text: 'palette.text',
  headings: 'palette.headings',
  documents: 'palette.documents',
}

export interface Section {
  group: Group
  entries: Entry[]
}

/**
 * The entries that answer, in groups; the group with the best answer first. Documents come as the server
 * has ranked them, behind what is here. Where nothing is typed, what was chosen lately comes first.
 */
export function sectionsOf(
  typed: string,
  entries: readonly Entry[],
  documents: readonly Entry[],
  recent: readonly string[],
): Section[] {
  const sections = new Map<Group, { best: number; ranked: { entry: Entry; score: number }[] }>()
  const put = (group: Group, entry: Entry, score: number) => {
    const section = sections.get(group) ?? { best: score, ranked: [] }
    section.best = Math.max(section.best, score)
    section.ranked.push({ entry, score })
    sections.set(group, section)
  }
  const asked = typed.trim() !== ''
  if (!asked)
    for (const id of recent) {
      const entry = entries.find((one) => one.id === id)
      if (entry !== undefined) put('recent', entry, 1)
    }
  for (const entry of entries) {
    if (!asked && recent.includes(entry.id)) continue
    const score = rank(typed, entry.name, entry.words)
    if (score !== null) put(entry.group, entry, score)
  }
  // Sorting keeps the order of equals: of the groups, and of what was not asked for.
  const mine = [...sections]
    .sort((a, b) => b[1].best - a[1].best)
    .map(([group, { ranked }]) => ({
      group,
      entries: ranked
        .sort((a, b) => b.score - a.score)
        .slice(0, asked ? MOST : undefined)
        .map(({ entry }) => entry),
    }))
  return documents.length === 0 ? mine : [...mine, { group: 'documents', entries: [...documents] }]
}
