// Dragging something of the text with the mouse: what is dragged is tinted, a line shows where it would
// go, the page scrolls at its edges, Escape lets everything be as it was. It begins after a few pixels, so
// that a press is still a press.
import type { Signal } from '@preact/signals'

/** On the sheet. */
interface Box {
  top: number
  left: number
  width: number
  height: number
}

export interface DragFrame {
  source: Box
  line: Box | null
}

/** The line of a place, on the screen: across the text, or down a table. */
export interface Line {
  y: number
  left: number
  right: number
  /** Of a line that goes down. */
  bottom?: number
}

interface Drag {
  /** Where it is now, on the screen; null when somebody took it away. */
  source: () => DOMRect | null
  shown: Signal<DragFrame | null>
  look: (y: number, x: number) => Line | null
  begun: () => void
  /** Let go over the text. */
  let: (y: number, x: number) => void
}

const THRESHOLD = 5
const EDGE = 56
const FASTEST = 14

export function followDrag(start: PointerEvent, { source, shown, look, begun, ...drag }: Drag): void {
  const stage = document.querySelector('.stage')
  const sheet = document.querySelector('.sheet')
  const handle = start.target
  if (stage === null || sheet === null || !(handle instanceof Element)) return
  let { clientX: x, clientY: y } = start
  let frame = 0
  let active = false

  const onSheet = (box: { top: number; left: number; width: number; height: number }): Box => {
    const origin = sheet.getBoundingClientRect()
    return {
      ...box,
      top: box.top - origin.top - sheet.clientTop,
      left: box.left - origin.left - sheet.clientLeft,
    }
  }
  const draw = () => {
    const bounds = stage.getBoundingClientRect()
    const over = Math.max(0, y - (bounds.bottom - EDGE))
    const under = Math.max(0, bounds.top + EDGE - y)
    stage.scrollBy(0, Math.min(FASTEST, over / 4) - Math.min(FASTEST, under / 4))
    const line = look(y, x)
    const box = source()
    if (box === null) return end()
    const { top, left, width, height } = box
    shown.value = {
      source: onSheet({ top, left, width, height }),
      line:
        line === null
          ? null
          : onSheet({
              top: line.y,
              left: line.left,
              width: line.right - line.left,
              height: (line.bottom ?? line.y) - line.y,
            }),
    }
    frame = requestAnimationFrame(draw)
  }
  const moved = (event: PointerEvent) => {
    ;({ clientX: x, clientY: y } = event)
    if (active || Math.hypot(x - start.clientX, y - start.clientY) < THRESHOLD) return
    active = true
    begun()
    handle.setPointerCapture(start.pointerId)
    draw()
  }
  const end = () => {
    cancelAnimationFrame(frame)
    shown.value = null
    removeEventListener('pointermove', moved)
    removeEventListener('pointerup', up)
    removeEventListener('pointercancel', end)
    removeEventListener('keydown', key, true)
  }
  const up = () => {
    const was = active
    end()
    if (was) drag.let(y, x)
  }
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !active) return
    event.preventDefault()
    event.stopPropagation()
    end()
  }
  addEventListener('pointermove', moved)
  addEventListener('pointerup', up)
  addEventListener('pointercancel', end)
  addEventListener('keydown', key, true)
}

const styleOf = ({ top, left, width, height }: Box) => ({
  top: `${top}px`,
  left: `${left}px`,
  width: `${width}px`,
  height: `${height}px`,
})

export function DragMarks({ frame }: { frame: DragFrame }) {
  return (
    <>
      <div class="dragged" style={styleOf(frame.source)} />
      {frame.line !== null && <div class="landing" style={styleOf(frame.line)} />}
    </>
  )
}
