// Handles of the table under the mouse: one at the start of the row, one above the column. Pressing one
// selects its row or column and opens its menu, dragging one moves it. They lie on the edges of the table,
// so that the margin is the block's own.
import { useSignal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import { GripHorizontal, GripVertical } from 'lucide-preact'
import { useEffect, useRef } from 'preact/hooks'
import { positionOf } from '../../editor/piecedom'
import { cellAt, moveTo, type Part, selectPart } from '../../editor/tableparts'
import { repairTables } from '../../editor/tables'
import { message } from '../../i18n/message'
import { Menu } from '../parts/menu'
import { type DragFrame, DragMarks, followDrag, type Line } from './dragging'
import { isLeftward, PartItems, useHeldCell } from './tableitems'

const CELL = 'td, th'

interface Box {
  top: number
  left: number
  width: number
  height: number
}

/** What is seen of the table around a cell, and the edges of the row and column it is in. */
function boxesOf(cell: HTMLElement) {
  const frame = cell.closest('.tableWrapper')
  const table = cell.closest('table')
  const row = cell.closest('tr')
  const sheet = cell.closest('.sheet')
  if (frame === null || table === null || row === null || sheet === null) return null
  const origin = sheet.getBoundingClientRect()
  const seen = frame.getBoundingClientRect()
  const whole = table.getBoundingClientRect()
  const [line, own] = [row.getBoundingClientRect(), cell.getBoundingClientRect()]
  const left = Math.max(own.left, seen.left)
  const right = Math.min(own.right, seen.right)
  const x = origin.left + sheet.clientLeft
  const y = origin.top + sheet.clientTop
  return {
    row: {
      top: line.top - y,
      left: (isLeftward(table) ? Math.min(whole.right, seen.right) : Math.max(whole.left, seen.left)) - x,
      width: 0,
      height: line.height,
    },
    column: { top: whole.top - y, left: left - x, width: right - left, height: 0 },
  }
}

/** The edges between rows or columns, on the screen, and the index in front of which each is. */
function edgesOf(cell: HTMLElement, part: Part): { at: number; edge: number }[] {
  const table = cell.closest('table')
  if (table === null) return []
  const parts: Element[] =
    part === 'row' ? [...table.querySelectorAll('tr')] : [...(table.querySelector('tr')?.children ?? [])]
  const boxes = parts.map((element) => element.getBoundingClientRect())
  const [begins, ends] =
    part === 'row'
      ? (['top', 'bottom'] as const)
      : isLeftward(table)
        ? (['right', 'left'] as const)
        : (['left', 'right'] as const)
  const edges = boxes.map((box, at) => ({ at, edge: box[begins] }))
  const last = boxes.at(-1)
  if (last !== undefined) edges.push({ at: boxes.length, edge: last[ends] })
  return edges
}

export function TableHandles({ editor }: { editor: Editor }) {
  const cell = useSignal<HTMLElement | null>(null)
  const heldCell = useHeldCell(editor)
  const boxes = useSignal<{ row: Box; column: Box } | null>(null)
  const drag = useSignal<DragFrame | null>(null)
  const root = useRef<HTMLDivElement>(null)
  const dropped = useRef(false)
  /** Grows when a part was selected: the menu shows what can be done with it. */
  const taken = useSignal(0)

  useEffect(() => {
    const sheet = editor.view.dom.parentElement
    if (sheet === null) return
    let frame = 0
    let target: Element | null = null
    const busy = () => drag.peek() !== null || root.current?.querySelector(':popover-open') != null
    const look = () => {
      frame = 0
      if (busy() || root.current?.contains(target)) return
      const under = target?.closest<HTMLElement>(CELL) ?? null
      cell.value = under !== null && editor.view.dom.contains(under) ? under : null
      boxes.value = cell.value === null ? null : boxesOf(cell.value)
    }
    const ask = () => {
      if (frame === 0) frame = requestAnimationFrame(look)
    }
    const moved = (event: PointerEvent) => {
      if (event.pointerType !== 'mouse' || event.buttons !== 0) return
      target = event.target instanceof Element ? event.target : null
      ask()
    }
    const left = () => {
      target = null
      ask()
    }
    const changed = ({ transaction }: { transaction: { docChanged: boolean } }) => {
      if (transaction.docChanged && cell.peek() !== null && !busy()) left()
    }
    const scrolled = () => {
      if (cell.peek() !== null) ask()
    }
    sheet.addEventListener('pointermove', moved)
    sheet.addEventListener('pointerleave', left)
    sheet.addEventListener('scroll', scrolled, true)
    editor.on('transaction', changed)
    return () => {
      cancelAnimationFrame(frame)
      sheet.removeEventListener('pointermove', moved)
      sheet.removeEventListener('pointerleave', left)
      sheet.removeEventListener('scroll', scrolled, true)
      editor.off('transaction', changed)
    }
  }, [editor])

  /** Selects the part of the cell that is pointed at. */
  const take = (part: Part): number | null => {
    const position = cell.peek() === null ? null : positionOf(editor.view, cell.peek() as HTMLElement)
    const place = position === null ? null : cellAt(editor.state.doc, position)
    if (position === null || place === null) return null
    const transaction = editor.state.tr
    selectPart(transaction, part, position)
    editor.view.dispatch(transaction)
    return place[part]
  }

  const lift = (part: Part) => (event: PointerEvent) => {
    const held = cell.peek()
    if (event.button !== 0 || held === null) return
    dropped.current = false
    let from: number | null = null
    const landing = (y: number, x: number) => {
      const at = part === 'row' ? y : x
      const [nearest] = edgesOf(held, part).sort((a, b) => Math.abs(a.edge - at) - Math.abs(b.edge - at))
      return nearest === undefined || nearest.at === from || nearest.at === (from ?? 0) + 1 ? null : nearest
    }
    const frame = () => held.closest('table')?.getBoundingClientRect() ?? null
    followDrag(event, {
      shown: drag,
      begun: () => {
        dropped.current = true
        from = take(part)
      },
      source: () => {
        const table = held.isConnected && from !== null ? frame() : null
        if (table === null) return null
        const own = (part === 'row' ? (held.parentElement ?? held) : held).getBoundingClientRect()
        return part === 'row' ? own : new DOMRect(own.left, table.top, own.width, table.height)
      },
      look: (y, x): Line | null => {
        const [found, table] = [landing(y, x), frame()]
        if (found === null || table === null) return null
        return part === 'row'
          ? { y: found.edge, left: table.left, right: table.right }
          : { y: table.top, left: found.edge, right: found.edge, bottom: table.bottom }
      },
      let: (y, x) => {
        const found = landing(y, x)
        if (found === null || take(part) === null) return
        repairTables(editor)
        const now = take(part)
        if (now === null) return
        const to = found.at > now ? found.at - 1 : found.at
        moveTo(part, now, to)(editor.state, editor.view.dispatch)
        editor.view.focus()
      },
    })
  }

  taken.value
  const shown = boxes.value
  if (!editor.isEditable) return null
  const handle = (part: Part, box: Box) => (
    <span
      class={`part-handle ${part}`}
      style={{
        top: `${box.top + box.height / 2}px`,
        left: `${box.left + box.width / 2}px`,
      }}
      onPointerDown={lift(part)}
      onClickCapture={(event) => {
        if (!dropped.current) {
          // Before the menu opens, and with the focus where it goes back to.
          editor.view.focus()
          take(part)
          taken.value += 1
          return
        }
        dropped.current = false
        event.preventDefault()
        event.stopPropagation()
      }}
    >
      <Menu
        label={message(part === 'row' ? 'table.rowHandle' : 'table.columnHandle')}
        class="part-grip"
        onOpen={heldCell.hold}
        face={
          part === 'row' ? (
            <GripVertical size={13} aria-hidden="true" />
          ) : (
            <GripHorizontal size={13} aria-hidden="true" />
          )
        }
      >
        <PartItems editor={editor} cell={heldCell} part={part} />
      </Menu>
    </span>
  )
  return (
    <>
      <div ref={root} hidden={shown === null || drag.value !== null}>
        {shown !== null && handle('row', shown.row)}
        {shown !== null && handle('column', shown.column)}
      </div>
      {drag.value !== null && <DragMarks frame={drag.value} />}
    </>
  )
}
