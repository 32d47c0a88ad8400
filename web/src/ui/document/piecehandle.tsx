// The handle at the left of the block or item under the mouse: a plus that makes a line below, and a grip
// that moves the piece when it is dragged and opens its menu when it is pressed.
//
// It is chrome beside the text, never in it: it lies on the sheet, and is put away while somebody types.
// For a finger there is no handle; by keyboard the menu opens for the block the caret is in.
import { type Signal, useSignal } from '@preact/signals'
import type { Editor } from '@tiptap/core'
import { GripVertical, Hash, Plus } from 'lucide-preact'
import { useEffect, useRef } from 'preact/hooks'
import { firstLine, landingAt, pieceUnder } from '../../editor/piecedom'
import { endOf, isHeading, movePiece, pieceAt, writeBelow } from '../../editor/pieces'
import { Taken } from '../../editor/taken'
import { message } from '../../i18n/message'
import { presses } from '../parts/keys'
import { Menu } from '../parts/menu'
import { copyAnchor } from './anchors'
import { type DragFrame, DragMarks, followDrag } from './dragging'
import { DOWN, MENU, UP } from './piecekeys'
import { PieceItems, stepPiece } from './piecemenu'

interface Held {
  taken: Taken
  top: number
  /** From the left of the sheet, or from its right where text runs to the left. */
  inset: number
  /** Behind the last letter of a heading. */
  end: { top: number; left: number } | null
}

/** Room for the marker of an item between it and its handle. */
const MARKER = 24
const GAP = 6
/** The handle is this wide; on a narrow sheet there is no margin for it. */
const WIDTH = 48

const sheetOf = (editor: Editor): HTMLElement | null => editor.view.dom.parentElement

/** Behind the last letter of a line. */
function endOfLine(line: HTMLElement, sheet: DOMRect): { top: number; left: number } | null {
  const range = document.createRange()
  range.selectNodeContents(line)
  const last = [...range.getClientRects()].at(-1)
  if (last === undefined) return null
  const leftward = getComputedStyle(line).direction === 'rtl'
  const left = leftward ? last.left - 30 : last.right + 4
  return { top: (last.top + last.bottom) / 2 - sheet.top, left: left - sheet.left }
}

/** Where the handle of a piece lies. */
function place(taken: Taken): Held | null {
  const { editor } = taken
  const sheet = sheetOf(editor)?.getBoundingClientRect()
  const dom = taken.dom()
  if (sheet === undefined || dom === null) return null
  const first = dom.matches('.tableWrapper, .code-block') ? dom : firstLine(dom)
  // What is folded away is not drawn.
  const line = first.checkVisibility() ? first : dom
  const box = line.getBoundingClientRect()
  const height =
    line === dom && !dom.matches('p, h1, h2, h3, h4')
      ? Math.min(box.height, 40)
      : Number.parseFloat(getComputedStyle(line).lineHeight) || box.height
  const block = dom.getBoundingClientRect()
  const leftward = getComputedStyle(editor.view.dom).direction === 'rtl'
  // Only a marker on this side is in the way.
  const marked =
    dom.matches('li:not([data-checked])') && (getComputedStyle(dom).direction === 'rtl') === leftward
  const marker = marked ? MARKER : 0
  const edge = leftward ? sheet.right - block.right : block.left - sheet.left
  const piece = taken.now()
  const end = piece !== null && isHeading(piece) ? endOfLine(line, sheet) : null
  return {
    taken,
    end,
    top: box.top - sheet.top + height / 2,
    inset: Math.max(2, edge - marker - GAP - WIDTH),
  }
}

/** Follows the mouse, at most once a frame, while nothing is open or dragged. */
function useHover(editor: Editor, held: Signal<Held | null>, busy: () => boolean) {
  useEffect(() => {
    const sheet = sheetOf(editor)
    if (sheet === null) return
    let frame = 0
    let y = 0
    const look = () => {
      frame = 0
      if (busy() || editor.isDestroyed) return
      const piece = pieceUnder(editor.view, y)
      const before = held.peek()
      const same = piece !== null && before?.taken.now()?.from === piece.from
      const now = piece === null ? null : place(same ? before.taken : new Taken(editor, piece))
      const still = now?.top === before?.top && now?.inset === before?.inset
      if (!same || !still || now?.end?.left !== before?.end?.left) held.value = now
    }
    const moved = (event: PointerEvent) => {
      if (event.pointerType !== 'mouse' || event.buttons !== 0 || innerWidth <= 700) return
      y = event.clientY
      if (frame === 0) frame = requestAnimationFrame(look)
    }
    const left = () => {
      if (!busy()) held.value = null
    }
    // What others write moves the piece; what is deleted lets go of the handle.
    const changed = ({ transaction }: { transaction: { docChanged: boolean } }) => {
      const before = held.peek()
      if (!transaction.docChanged || before === null) return
      before.taken.now()
      if (busy()) return
      requestAnimationFrame(() => {
        if (held.peek() === before) held.value = place(before.taken)
      })
    }
    sheet.addEventListener('pointermove', moved)
    sheet.addEventListener('pointerleave', left)
    editor.on('transaction', changed)
    return () => {
      cancelAnimationFrame(frame)
      sheet.removeEventListener('pointermove', moved)
      sheet.removeEventListener('pointerleave', left)
      editor.off('transaction', changed)
    }
  }, [editor])
}

const QUIET = new Set(['Shift', 'Control', 'Alt', 'Meta'])

export function PieceHandle({ editor, name }: { editor: Editor; name: string }) {
  const held = useSignal<Held | null>(null)
  const drag = useSignal<DragFrame | null>(null)
  const handle = useRef<HTMLDivElement>(null)
  const opening = useRef(false)
  const dropped = useRef(false)

  const grip = () => handle.current?.querySelector<HTMLElement>('.grip') ?? null
  const busy = () => drag.peek() !== null || handle.current?.querySelector(':popover-open') != null
  useHover(editor, held, busy)

  useEffect(() => {
    const { dom } = editor.view
    const pressed = (event: KeyboardEvent) => {
      if (!editor.isEditable || event.isComposing) return
      const down = presses(event, DOWN)
      const opens = presses(event, MENU)
      if (!opens && !down && !presses(event, UP)) {
        if (held.peek() !== null && !busy() && !QUIET.has(event.key)) held.value = null
        return
      }
      event.preventDefault()
      const piece = pieceAt(editor.state.selection.$from)
      if (piece === null) return
      const taken = new Taken(editor, piece)
      opening.current = opens
      if (opens) held.value = place(taken)
      else stepPiece(taken, down)
    }
    dom.addEventListener('keydown', pressed, true)
    return () => dom.removeEventListener('keydown', pressed, true)
  }, [editor])

  const now = held.value
  useEffect(() => {
    if (!opening.current) return
    opening.current = false
    grip()?.click()
  }, [now])

  const lift = (event: PointerEvent) => {
    const before = held.peek()
    if (event.button !== 0 || before === null) return
    const { taken } = before
    const landing = (y: number) => {
      const piece = taken.now()
      const found = piece && landingAt(editor.view, piece, y)
      return found && piece && (found.at < piece.from || found.at > endOf(piece)) ? found : null
    }
    dropped.current = false
    followDrag(event, {
      look: landing,
      source: () => taken.dom()?.getBoundingClientRect() ?? null,
      shown: drag,
      begun: () => {
        dropped.current = true
      },
      let: (y) => {
        const place = landing(y)
        if (place !== null) taken.change((transaction, piece) => movePiece(transaction, piece, place.at))
        held.value = null
        editor.view.focus()
      },
    })
  }

  if (!editor.isEditable) return null
  return (
    <>
      <div
        ref={handle}
        class="piece-handle"
        data-shown={now !== null && drag.value === null}
        style={now === null ? {} : { top: `${now.top}px`, insetInlineStart: `${now.inset}px` }}
      >
        <button
          type="button"
          tabIndex={-1}
          class="plus"
          title={message('piece.below')}
          aria-label={message('piece.below')}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => {
            now?.taken.change(writeBelow)
            held.value = null
            editor.view.focus()
          }}
        >
          <Plus size={17} aria-hidden="true" />
        </button>
        <span
          onPointerDown={lift}
          onClickCapture={(event) => {
            // A drag ends with a click on some browsers; it opens nothing.
            if (!dropped.current) return
            dropped.current = false
            event.preventDefault()
            event.stopPropagation()
          }}
        >
          <Menu
            label={message('piece.menu')}
            class="grip"
            placement="bottom-start"
            face={<GripVertical size={17} aria-hidden="true" />}
          >
            {now !== null && <PieceItems taken={now.taken} name={name} />}
          </Menu>
        </span>
      </div>
      {now?.end && drag.value === null && (
        <button
          type="button"
          tabIndex={-1}
          class="anchor"
          title={message('anchor.copy')}
          aria-label={message('anchor.copy')}
          style={{ top: `${now.end.top}px`, left: `${now.end.left}px` }}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => {
            const piece = now.taken.now()
            if (piece !== null) void copyAnchor(editor, name, piece.from)
          }}
        >
          <Hash size={16} aria-hidden="true" />
        </button>
      )}
      {drag.value !== null && <DragMarks frame={drag.value} />}
    </>
  )
}
