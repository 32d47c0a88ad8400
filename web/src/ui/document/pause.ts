// Work that may wait until typing pauses: runs once at the start, then after changes, when the
// browser has nothing better to do.
import type { Editor } from '@tiptap/core'

const PAUSE = 300

const whenIdle = (work: () => void): void => {
  if ('requestIdleCallback' in window) requestIdleCallback(work, { timeout: 1000 })
  else setTimeout(work)
}

export function onPause(editor: Editor, work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const later = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      whenIdle(() => {
        if (!editor.isDestroyed) work()
      })
    }, PAUSE)
  }
  work()
  editor.on('update', later)
  return () => {
    clearTimeout(timer)
    editor.off('update', later)
  }
}
