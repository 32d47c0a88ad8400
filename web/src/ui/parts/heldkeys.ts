// Keys between one that opens a field and the field, which is fetched first: what is typed meanwhile is for it, and
// would change the text instead. It is held, and written into what takes the focus.

/** Holds what is typed until something takes the focus, or until the end that is returned. */
export function holdKeys(): () => void {
  let held = ''
  const hold = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    if (event.key.length === 1) held += event.key
  }
  const end = () => {
    removeEventListener('keydown', hold, true)
    removeEventListener('focusin', give)
  }
  const give = () =>
    setTimeout(() => {
      end()
      // As if it were typed now: with what comes of that, and over what is selected in the field.
      if (held !== '') document.execCommand('insertText', false, held)
    })
  addEventListener('keydown', hold, true)
  addEventListener('focusin', give)
  return end
}
