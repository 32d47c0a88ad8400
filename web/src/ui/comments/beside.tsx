// Keeps the text and its comments together: which threads have words, which words are tinted, and
// whether there is room for cards beside the text. The cards are a chunk of their own, fetched when
// there is one to show.
import { useEffect, useLayoutEffect } from 'preact/hooks'
import { tint } from '../../comments/tint'
import { threadsIn } from '../../editor/comment'
import { useDesk } from '../document/desk'
import { onPause } from '../document/pause'
import { lazy } from '../parts/lazy'

/** A card that is narrower cannot be read. */
const NARROWEST = 220

const Margin = lazy(async () => (await import('./margin')).Margin)
const Chip = lazy(async () => (await import('./chip')).Chip)

const sameIds = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((id, index) => id === b[index])

/** How wide the free strip behind the sheet is. */
function roomBeside(stage: Element): number {
  const sheet = stage.querySelector('.sheet')?.getBoundingClientRect()
  if (sheet === undefined) return 0
  const box = stage.getBoundingClientRect()
  return getComputedStyle(stage).direction === 'rtl'
    ? sheet.left - box.left
    : box.left + stage.clientWidth - sheet.right
}

export function CommentsBeside() {
  const { comments, editor: current, panel } = useDesk()
  const { threads, placed, active, drafting, drafts, roomy } = comments
  const editor = current.value

  const list = threads.list.value
  const find = () => {
    if (editor === null || editor.isDestroyed) return
    const ids = threadsIn(editor.state.doc)
    if (!sameIds(ids, placed.peek())) placed.value = ids
  }
  useEffect(() => (editor === null ? undefined : onPause(editor, find)), [editor])
  // Where the words of a new comment are is known before it is shown: they are not lost.
  useLayoutEffect(find, [editor, list])

  useEffect(() => {
    const stage = document.querySelector('.stage')
    const sheet = stage?.querySelector('.sheet')
    if (!stage || !sheet) return
    const measure = () => {
      const was = roomy.peek()
      roomy.value = roomBeside(stage) >= NARROWEST
      // What is being written goes on where there is room for it.
      const writing = drafting.peek() !== null || drafts.begun.peek().size > 0
      if (was && !roomy.peek() && writing) panel.value = 'comments'
    }
    const observer = new ResizeObserver(measure)
    observer.observe(stage)
    observer.observe(sheet)
    return () => observer.disconnect()
  }, [editor])

  const looked = active.value
  useEffect(() => {
    tint(
      list.filter((thread) => thread.resolved === null).map((thread) => thread.id),
      looked,
    )
  }, [list, looked])

  if (editor === null || panel.value === 'comments') return null
  const shown = list.some((thread) => thread.resolved === null && placed.value.includes(thread.id))
  if (!roomy.value) return looked !== null && shown ? <Chip /> : null
  return shown || drafting.value !== null || drafts.begun.value.size > 0 ? <Margin /> : null
}
