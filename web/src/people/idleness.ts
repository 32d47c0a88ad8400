// Whether somebody is at this page: nobody touches it for two minutes, or looks at another tab, and
// the others see it. What is told is one flag beside the name; a key or a look takes it away at once.
import type { Awareness } from 'y-protocols/awareness'

const PATIENCE = 120_000

const SIGNS = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const

/** Tells the others when nobody is here; returns how to stop. */
export function tellIdleness(awareness: Awareness, patience: number = PATIENCE): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let idle = false
  const tell = (now: boolean) => {
    if (now === idle) return
    idle = now
    awareness.setLocalStateField('idle', now)
  }
  let renewed = 0
  const here = () => {
    // A moving mouse is a hundred events a second.
    if (!idle && Date.now() - renewed < 1000) return
    renewed = Date.now()
    clearTimeout(timer)
    tell(false)
    timer = setTimeout(() => tell(true), patience)
  }
  const looked = () => {
    if (document.visibilityState === 'visible') here()
    else {
      clearTimeout(timer)
      timer = setTimeout(() => tell(true), Math.min(patience, 10_000))
    }
  }
  for (const sign of SIGNS) document.addEventListener(sign, here, { passive: true, capture: true })
  document.addEventListener('visibilitychange', looked)
  here()
  return () => {
    clearTimeout(timer)
    for (const sign of SIGNS) document.removeEventListener(sign, here, { capture: true })
    document.removeEventListener('visibilitychange', looked)
  }
}
