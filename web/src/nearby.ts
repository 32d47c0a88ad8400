// Where a box stands beside something: a menu under its button, a bubble over a selection, a list under
// the caret. It follows what it stands beside, and keeps on the screen. The reckoning is Floating UI's, a
// chunk of its own that is fetched when the page has come to rest, or when the first box opens.
import type { Placement, VirtualElement } from '@floating-ui/dom'

export type { Placement, VirtualElement }

type Reckoning = typeof import('@floating-ui/dom')

let reckoning: Reckoning | null = null
let fetching: Promise<Reckoning> | null = null

/** Fetches what places boxes; what failed is tried again the next time. */
export function fetchReckoning(): Promise<Reckoning> {
  fetching ??= import('@floating-ui/dom').then(
    (module) => {
      reckoning = module
      return module
    },
    (error: unknown) => {
      fetching = null
      throw error
    },
  )
  return fetching
}

export interface Place {
  placement: Placement
  /** Pixels between the two. */
  gap: number
  /** Pixels to the edge of the screen, or of `boundary`. */
  margin?: number
  boundary?: Element[] | undefined
  /** Where there is no room on either side, the box lies over what it stands beside instead of being cut. */
  covers?: boolean
  /** The box is no higher than this, nor than there is room. */
  tallest?: number
  /** Called with each new place; `hidden` when what the box stands beside is out of sight. */
  placed?: (hidden: boolean) => void
}

function follow(by: Reckoning, anchor: Element | VirtualElement, box: HTMLElement, place: Place): () => void {
  const { placement, gap, margin = 8, boundary, covers = false, tallest, placed } = place
  const detect = boundary === undefined ? { padding: margin } : { padding: margin, boundary }
  // What is drawn anew is another element: until the box is told of it, it stays where it is.
  const gone = () => anchor instanceof Element && !anchor.isConnected
  const reckon = () => {
    if (box.hidden || gone()) return
    const middleware = [by.offset(gap), by.flip(detect), by.shift({ ...detect, crossAxis: covers })]
    if (tallest !== undefined)
      middleware.push(
        by.size({
          padding: 12,
          apply: ({ availableHeight }) => {
            box.style.maxHeight = `${Math.max(120, Math.min(tallest, availableHeight))}px`
          },
        }),
      )
    if (placed !== undefined) middleware.push(by.hide({ ...detect, padding: -8 }))
    void by
      .computePosition(anchor, box, { placement, strategy: 'fixed', middleware })
      .then(({ x, y, middlewareData }) => {
        if (gone()) return
        box.style.left = `${Math.round(x)}px`
        box.style.top = `${Math.round(y)}px`
        placed?.(middlewareData.hide?.referenceHidden ?? false)
      })
  }
  return by.autoUpdate(anchor, box, reckon)
}

/** Puts a box beside something and keeps it there; returns how to stop. */
export function standBeside(anchor: Element | VirtualElement, box: HTMLElement, place: Place): () => void {
  if (reckoning !== null) return follow(reckoning, anchor, box, place)
  let stop: (() => void) | null = null
  let over = false
  fetchReckoning().then(
    (by) => {
      if (!over) stop = follow(by, anchor, box, place)
    },
    // Where it is, it can at least be used.
    () => place.placed?.(false),
  )
  return () => {
    over = true
    stop?.()
  }
}
