// The cards beside the text, each at the height of its words (comments/placement.ts). They are measured
// when something changed its height, not with every letter: the text is watched as a whole.
import { useLayoutEffect, useRef } from 'preact/hooks'
import '../../style/cards.css'
import { placeCards, type Wish } from '../../comments/placement'
import { draftRange } from '../../editor/commenting'
import { message } from '../../i18n/message'
import { useDesk } from '../document/desk'
import { onPause } from '../document/pause'
import { Card } from './card'
import { deletedUnder, isWrittenIn } from './deeds'
import { DraftCard } from './draft'

const GAP = 10
/** Between the sheet and the cards. */
const BESIDE = 16
const WIDEST = 320

const DRAFT = 'draft'

/** Writes only what is new: a browser styles, lays out and composes anew what was written the same again. */
function lay(card: HTMLElement, property: string, value: string): void {
  if (card.style.getPropertyValue(property) !== value) card.style.setProperty(property, value)
}

/** Where the words of each thread begin, from the top of the margin. */
function anchors(text: HTMLElement, top: number): Map<string, number> {
  const found = new Map<string, number>()
  for (const words of text.querySelectorAll<HTMLElement>('.comment, .comment-draft')) {
    const id = words.classList.contains('comment-draft') ? DRAFT : words.dataset.comment
    if (id !== undefined && !found.has(id)) found.set(id, words.getBoundingClientRect().top - top)
  }
  return found
}

export function Margin() {
  const { comments, editor: current } = useDesk()
  const { threads, placed, active, drafting } = comments
  const box = useRef<HTMLElement>(null)
  const editor = current.value
  // A card in which something is written does not go, whatever others do to its thread.
  const shown = threads.list.value.filter(
    (thread) =>
      (thread.resolved === null && placed.value.includes(thread.id)) || isWrittenIn(comments, thread),
  )
  const inOrder = [...shown].sort((a, b) => placed.value.indexOf(a.id) - placed.value.indexOf(b.id))
  const looked = drafting.value === null ? active.value : DRAFT

  useLayoutEffect(() => {
    const element = box.current
    const text = editor?.view.dom
    const sheet = document.querySelector('.sheet')
    if (element === null || !(text instanceof HTMLElement) || sheet === null || editor === null) return
    const place = () => {
      const frame = element.getBoundingClientRect()
      const edge = sheet.getBoundingClientRect()
      const rtl = getComputedStyle(element).direction === 'rtl'
      const reach = rtl ? frame.right - edge.left : edge.right - frame.left
      const width = Math.min(WIDEST, element.clientWidth - reach - 2 * BESIDE)
      const at = anchors(text, frame.top)
      const draft = draftRange(editor.state)
      // Where its words are gone, what is written about them stays where they were.
      if (draft !== null && !at.has(DRAFT)) at.set(DRAFT, editor.view.coordsAtPos(draft.from).top - frame.top)
      const cards = [...element.querySelectorAll<HTMLElement>('[data-thread]')]
      // All is read before anything is written: one layout, not one for each.
      const wishes: Wish[] = cards.map((card) => ({
        id: card.dataset.thread ?? '',
        at: at.get(card.dataset.thread ?? '') ?? 0,
        height: card.offsetHeight,
      }))
      const tops = placeCards(wishes, looked, GAP)
      for (const card of cards) {
        lay(card, 'top', `${Math.round(tops.get(card.dataset.thread ?? '') ?? 0)}px`)
        lay(card, 'inset-inline-start', `${Math.round(reach + BESIDE)}px`)
        lay(card, 'width', `${Math.round(width)}px`)
        lay(card, 'visibility', 'visible')
      }
    }
    place()
    const observer = new ResizeObserver(place)
    observer.observe(text)
    observer.observe(sheet)
    observer.observe(element)
    for (const card of element.querySelectorAll('[data-thread]')) observer.observe(card)
    const stop = onPause(editor, place)
    return () => {
      stop()
      observer.disconnect()
    }
  })
  const deleted = deletedUnder(comments)
  // What is written in a thread that went before this page was opened has no card.
  if (inOrder.length === 0 && deleted.length === 0 && drafting.value === null) return null
  return (
    <aside class="margin" aria-label={message('comments.title')} ref={box}>
      <DraftCard quoted={false} />
      {inOrder.map((thread) => (
        <Card key={thread.id} thread={thread} placed quoted={false} />
      ))}
      {deleted.map((thread) => (
        <Card key={thread.id} thread={thread} placed={false} quoted={false} deleted />
      ))}
    </aside>
  )
}
