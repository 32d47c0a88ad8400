// The menu of one piece of the text: what can be done with it as a whole.
import { ArrowDown, ArrowUp, Copy, Hash, Trash2 } from 'lucide-preact'
import type { Block } from '../../editor/blocks'
import { duplicatePiece, isHeading, movePiece, removePiece, stepOf } from '../../editor/pieces'
import type { Taken } from '../../editor/taken'
import { isOfKind, turnInto, turnings } from '../../editor/turning'
import { message } from '../../i18n/message'
import { readable } from '../parts/keys'
import { MenuItem } from '../parts/menu'
import { tell } from '../parts/toast'
import { copyAnchor } from './anchors'
import { DOWN, UP } from './piecekeys'

/** One step up or down, for the menu and the keyboard. */
export const stepPiece = (taken: Taken, down: boolean): boolean =>
  taken.change((transaction, piece) => {
    const at = stepOf(transaction.doc, piece, down)
    if (at !== null) movePiece(transaction, piece, at)
  })

export function PieceItems({ taken, name }: { taken: Taken; name: string }) {
  const { editor } = taken
  const shown = taken.now()
  if (shown === null) return null
  const say = (done: boolean) => {
    if (done) editor.view.focus()
    else tell(message('piece.gone'))
  }
  const change = (act: Parameters<Taken['change']>[0]) => () => say(taken.change(act))
  const step = (down: boolean) => () => say(stepPiece(taken, down))
  const turn = (block: Block) => () => {
    const piece = taken.now()
    if (piece !== null) turnInto(editor, piece, block)
    say(piece !== null)
  }
  const { doc } = editor.state
  const kinds = turnings(shown).filter((block) => !isOfKind(editor, shown, block))
  return (
    <>
      <MenuItem
        label={message('piece.duplicate')}
        icon={<Copy size={17} aria-hidden="true" />}
        onChoose={change(duplicatePiece)}
      />
      {isHeading(shown) && (
        <MenuItem
          label={message('anchor.copy')}
          icon={<Hash size={17} aria-hidden="true" />}
          onChoose={() => {
            const piece = taken.now()
            if (piece !== null) void copyAnchor(editor, name, piece.from)
          }}
        />
      )}
      {stepOf(doc, shown, false) !== null && (
        <MenuItem
          label={message('piece.up')}
          icon={<ArrowUp size={17} aria-hidden="true" />}
          detail={readable(UP)}
          onChoose={step(false)}
        />
      )}
      {stepOf(doc, shown, true) !== null && (
        <MenuItem
          label={message('piece.down')}
          icon={<ArrowDown size={17} aria-hidden="true" />}
          detail={readable(DOWN)}
          onChoose={step(true)}
        />
      )}
      <MenuItem
        label={message('piece.delete')}
        icon={<Trash2 size={17} aria-hidden="true" />}
        danger
        onChoose={change(removePiece)}
      />
      {kinds.length > 0 && (
        <div class="menu-kinds" role="group" aria-label={message('piece.turn')}>
          <span class="menu-title" aria-hidden="true">
            {message('piece.turn')}
          </span>
          {kinds.map((block) => (
            <MenuItem
              key={block.id}
              label={message(block.label)}
              icon={<block.icon size={17} aria-hidden="true" />}
              onChoose={turn(block)}
            />
          ))}
        </div>
      )}
    </>
  )
}
