// The palette on the page of a document.
import { useDesk } from '../document/desk'
import { entriesOf } from './entries'
import { Palette } from './palette'

export function DocumentPalette() {
  const desk = useDesk()
  return (
    <Palette
      entries={() => entriesOf(desk)}
      here={desk.session.name}
      onClose={() => {
        // What was chosen may have opened another dialog meanwhile.
        if (desk.dialog.peek() === 'palette') desk.dialog.value = null
        // The browser gives the focus back, but not the place in the text, which the editor would set a
        // little later only: the next letter would be lost.
        const view = desk.editor.peek()?.view
        if (view !== undefined && document.activeElement === view.dom) view.focus()
      }}
    />
  )
}
