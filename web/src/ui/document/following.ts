// Following somebody: the page keeps their caret in sight. It ends when one writes or scrolls oneself,
// presses Escape, or they leave. Nothing is told to anybody: following is looking.
import { effect, signal } from '@preact/signals'
import type { Awareness } from 'y-protocols/awareness'
import { keepInSight } from '../../editor/carets'
import type { Desk } from './desk'

/** Whom this page follows, by the id of their client. */
export const followed = signal<number | null>(null)

export const follow = (id: number | null): void => {
  followed.value = id
}

const OWN_WAY = ['keydown', 'wheel', 'touchmove', 'pointerdown'] as const

/** Makes following work on this page; returns how to stop. */
export function watchFollowing({ session, people }: Desk): () => void {
  const awareness: Awareness = session.awareness
  let frame = 0
  const look = () => {
    const id = followed.peek()
    if (id === null || frame !== 0) return
    // The caret is drawn after the change that moved it.
    frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => {
        frame = 0
        keepInSight(id)
      })
    })
  }
  const own = (event: Event) => {
    if (followed.peek() === null) return
    const inBar = event.target instanceof Element && event.target.closest('.following, .avatars') !== null
    if (!inBar || (event instanceof KeyboardEvent && event.key === 'Escape')) follow(null)
  }
  const stop = effect(() => {
    const id = followed.value
    if (id !== null && !people.value.some((person) => person.id === id)) follow(null)
    else look()
  })
  awareness.on('change', look)
  session.doc.on('update', look)
  for (const way of OWN_WAY) document.addEventListener(way, own, { passive: true, capture: true })
  return () => {
    stop()
    cancelAnimationFrame(frame)
    awareness.off('change', look)
    session.doc.off('update', look)
    for (const way of OWN_WAY) document.removeEventListener(way, own, { capture: true })
  }
}
