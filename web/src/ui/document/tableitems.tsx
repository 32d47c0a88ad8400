// What can be done with the row or the column the selection is in: the menus of the handles and the bar
// above a table offer the same.
import type { Editor } from '@tiptap/core'
import { type Command, TextSelection } from '@tiptap/pm/state'
import { isInTable, selectionCell } from '@tiptap/pm/tables'
import {
  AlignCenter,
  AlignLeft,
  AlignRight,
  ArrowDown,
  ArrowLeft,
  ArrowRight,
  ArrowUp,
  Copy,
  FoldHorizontal,
  PanelLeft,
  PanelTop,
  Trash2,
  UnfoldHorizontal,
} from 'lucide-preact'
import { useRef } from 'preact/hooks'
import { rememberNode } from '../../editor/samenode'
import {
  canStep,
  duplicatePart,
  isWhole,
  type Part,
  rectOf,
  resizeColumn,
  selectPart,
  stepPart,
} from '../../editor/tableparts'
import { repairTables } from '../../editor/tables'
import { type MessageKey, message } from '../../i18n/message'
import type { Icon } from '../parts/button'
import { MenuItem } from '../parts/menu'
import { tell } from '../parts/toast'

type Chain = ReturnType<Editor['chain']>

/** A plus beside a row or column; turned to the side on which a new one appears. */
const grow =
  (turn: 0 | 90 | 180 | 270): Icon =>
  ({ size = 18 }) => (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" aria-hidden="true">
      <g transform={`rotate(${turn} 12 12)`} stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
        <rect x="3" y="13" width="18" height="8" rx="2" />
        <path d="M12 3v6M9 6h6" />
      </g>
    </svg>
  )

interface Growing {
  part: Part
  icon: Icon
  label: MessageKey
  run: (chain: Chain) => Chain
}

const GROWING: Growing[] = [
  { part: 'row', icon: grow(0), label: 'table.rowAbove', run: (chain) => chain.addRowBefore() },
  { part: 'row', icon: grow(180), label: 'table.rowBelow', run: (chain) => chain.addRowAfter() },
  { part: 'column', icon: grow(270), label: 'table.columnLeft', run: (chain) => chain.addColumnBefore() },
  { part: 'column', icon: grow(90), label: 'table.columnRight', run: (chain) => chain.addColumnAfter() },
]

/** Whether the columns run to the left: the first is at the right then. */
export const isLeftward = (table: Node | null): boolean =>
  table instanceof Element && getComputedStyle(table).direction === 'rtl'

/** What grows a table, each named by the side on which it is seen. */
export function growing(table: Node | null): Growing[] {
  const [above, below, before, after] = GROWING as [Growing, Growing, Growing, Growing]
  if (!isLeftward(table)) return GROWING
  return [above, below, { ...before, run: after.run }, { ...after, run: before.run }]
}

const STEPS: Record<Part, [-1 | 1, MessageKey, Icon][]> = {
  row: [
    [-1, 'table.rowMoveUp', ArrowUp],
    [1, 'table.rowMoveDown', ArrowDown],
  ],
  column: [
    [-1, 'table.columnMoveLeft', ArrowLeft],
    [1, 'table.columnMoveRight', ArrowRight],
  ],
}

const ALIGNMENTS: [string, MessageKey, Icon][] = [
  ['left', 'table.alignLeft', AlignLeft],
  ['center', 'table.alignCentre', AlignCenter],
  ['right', 'table.alignRight', AlignRight],
]

/** Pixels that a column gains or loses at once. */
const WIDER = 48

/** The cell that an open menu is about. */
export interface HeldCell {
  hold: () => void
  /** What is chosen is done with that cell, wherever the selection went, or not at all. */
  does: (act: () => void) => () => void
}

export function useHeldCell(editor: Editor | null): HeldCell {
  const place = useRef<() => number | null>(() => null)
  return {
    hold: () => {
      if (editor !== null && isInTable(editor.state))
        place.current = rememberNode(editor, selectionCell(editor.state).pos)
    },
    does: (act) => () => {
      const cell = editor?.isEditable ? place.current() : null
      if (editor === null || cell === null) return tell(message('table.gone'))
      const { state, view } = editor
      if (!isInTable(state) || selectionCell(state).pos !== cell)
        view.dispatch(state.tr.setSelection(TextSelection.near(state.doc.resolve(cell + 1))))
      act()
    },
  }
}

interface Props {
  editor: Editor
  cell: HeldCell
  part: Part
  /** Inserting and deleting have buttons of their own in the bar. */
  brief?: boolean
}

export function PartItems({ editor, cell, part, brief = false }: Props) {
  const rect = rectOf(editor.state)
  if (rect === null) return null
  const chain = () => {
    repairTables(editor)
    return editor.chain().focus()
  }
  const run = (command: Command) => {
    repairTables(editor)
    command(editor.state, editor.view.dispatch)
    editor.view.focus()
  }
  /** Asked again when it is chosen: others may have changed the table since. */
  const withRect = (act: (now: NonNullable<typeof rect>) => void) => () => {
    repairTables(editor)
    const now = rectOf(editor.state)
    if (now !== null) act(now)
  }
  const align = (side: string) =>
    withRect(({ tableStart, map, left }) =>
      chain()
        .command(({ tr }) => {
          const cell = map.map[left]
          if (cell !== undefined) selectPart(tr, 'column', tableStart + cell)
          return cell !== undefined
        })
        .setCellAttribute('align', side === (leftward ? 'right' : 'left') ? null : side)
        .run(),
    )
  const table = editor.view.nodeDOM(rect.tableStart - 1)
  const leftward = part === 'column' && isLeftward(table)
  const widen = (by: number) =>
    withRect((now) => {
      const cell = now.map.map[now.left]
      const dom = cell === undefined ? null : editor.view.nodeDOM(now.tableStart + cell)
      if (!(dom instanceof HTMLElement)) return
      const columns = Number(dom.getAttribute('colspan') ?? 1)
      const transaction = editor.state.tr
      resizeColumn(transaction, now, dom.offsetWidth / columns + by)
      editor.view.dispatch(transaction)
      editor.view.focus()
    })
  const isFirst = part === 'row' ? rect.top === 0 : rect.left === 0
  const item = (label: MessageKey, Picture: Icon, onChoose: () => void, danger = false) => (
    <MenuItem
      key={label}
      label={message(label)}
      icon={<Picture size={17} />}
      danger={danger}
      onChoose={cell.does(onChoose)}
    />
  )
  return (
    <>
      {!brief &&
        growing(table)
          .filter((one) => one.part === part)
          .map(({ label, icon, run: grown }) => item(label, icon, () => grown(chain()).run()))}
      {STEPS[part]
        .map(([by, ...said]) => [leftward ? -by : by, ...said] as (typeof STEPS.row)[number])
        .filter(([by]) => canStep(rect, part, by))
        .map(([by, label, icon]) =>
          item(
            label,
            icon,
            withRect((now) => run(stepPart(now, part, by))),
          ),
        )}
      {isWhole(rect, part) &&
        item(part === 'row' ? 'table.duplicateRow' : 'table.duplicateColumn', Copy, () =>
          run((state, dispatch) => {
            const now = rectOf(state)
            const transaction = state.tr
            if (now === null || !duplicatePart(transaction, now, part)) return false
            dispatch?.(transaction)
            return true
          }),
        )}
      {part === 'column' && item('table.columnWider', UnfoldHorizontal, widen(WIDER))}
      {part === 'column' && item('table.columnNarrower', FoldHorizontal, widen(-WIDER))}
      {part === 'column' && ALIGNMENTS.map(([side, label, icon]) => item(label, icon, align(side)))}
      {!brief &&
        isFirst &&
        part === 'row' &&
        item('table.header', PanelTop, () => chain().toggleHeaderRow().run())}
      {isFirst &&
        part === 'column' &&
        item('table.headerColumn', PanelLeft, () => chain().toggleHeaderColumn().run())}
      {!brief &&
        item(
          part === 'row' ? 'table.deleteRow' : 'table.deleteColumn',
          Trash2,
          () => (part === 'row' ? chain().deleteRow() : chain().deleteColumn()).run(),
          true,
        )}
    </>
  )
}
