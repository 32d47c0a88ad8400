// Keys between one that opens a field and the field, which is fetched first: what is typed meanwhile is for it, and
// would change the text instead. It is held, and written into the field when that takes the focus.

/**
 * Holds what is typed until a field takes the focus; who waits no longer presses Escape, or points elsewhere.
 * Returned is what ends it.
 */
export function holdKeys(): () => void {
  let held = ''
  const hold = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape') end()
    event.preventDefault()
    event.stopPropagation()
    if (event.key.length === 1) held += event.key
  }
  const end = () => {
    removeEventListener('keydown', hold, true)
    removeEventListener('focusin', give)
    removeEventListener('pointerdown', end)
  }
  const give = ({ target }: FocusEvent) => {
    // The text may take the focus as well; what is held is not for it.
    if (!(target instanceof HTMLInputElement)) return
    setTimeout(() => {
      end()
      // As if it were typed now: with what comes of that, and over what is selected in the field.
      if (held !== '') document.execCommand('insertText', false, held)
    })
  }
  addEventListener('keydown', hold, true)
  addEventListener('focusin', give)
  addEventListener('pointerdown', end)
  return end
}
