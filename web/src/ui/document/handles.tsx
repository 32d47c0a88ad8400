// What one takes hold of in the text, as a chunk of its own: it is fetched when the text is there, and
// nobody who types waits for it.
import '../../style/handles.css'
import { Anchors } from './anchors'
import { useDesk } from './desk'
import { LinkBubble } from './linkbubble'
import { PieceHandle } from './piecehandle'
import { TableControls } from './tablecontrols'
import { TableHandles } from './tablehandles'

export function Handles() {
  const { editor: current, session, suggesting } = useDesk()
  const editor = current.value
  if (editor === null) return null
  return (
    <>
      {/* Blocks, rows and columns cannot be suggested. */}
      {!suggesting.value && (
        <>
          <PieceHandle editor={editor} name={session.name} />
          <TableHandles editor={editor} />
        </>
      )}
      <TableControls />
      <Anchors editor={editor} />
      <LinkBubble editor={editor} />
    </>
  )
}
