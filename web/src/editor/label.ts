// On which side of somebody's caret their name hangs: to the right, and to the left where it would
// leave the page, or the table it is in, to the right. There it would be cut off, and what holds it
// would scroll sideways. A name is never wider than half of a narrow page (style/text.css), so one of
// the two sides has room for it.

/** The nearest box around a caret that cuts off what leaves it. */
const frameOf = (caret: HTMLElement): Element | null => caret.closest('.tableWrapper, .stage')

function sticksOut(caret: HTMLElement): boolean {
  const frame = frameOf(caret)
  if (frame === null) return false
  const width = Number.parseFloat(getComputedStyle(caret, '::after').width)
  return caret.getBoundingClientRect().left + width > frame.getBoundingClientRect().left + frame.clientWidth
}

/** Hangs all names in the text. It reads everything before it writes anything: one layout, not one each. */
export function hangLabels(text: HTMLElement): void {
  const carets = [...text.querySelectorAll<HTMLElement>('.caret')]
  const sides = carets.map((caret) => (sticksOut(caret) ? 'left' : 'right'))
  carets.forEach((caret, i) => {
    if (caret.dataset.side !== sides[i]) caret.dataset.side = sides[i]
  })
}
