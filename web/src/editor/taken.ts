// A piece of the text that is held: by the handle beside it, by its menu, while it is dragged. It is asked
// where it is whenever something is done to it; others may have written since it was taken.
import type { Editor } from '@tiptap/core'
import type { Transaction } from '@tiptap/pm/state'
import { followPiece, type Piece } from './pieces'

export class Taken {
  private doc
  private piece: Piece | null

  constructor(
    readonly editor: Editor,
    piece: Piece,
  ) {
    this.doc = editor.state.doc
    this.piece = piece
  }

  /** Null once it is gone. */
  now(): Piece | null {
    const { doc } = this.editor.state
    if (doc !== this.doc && this.piece !== null) this.piece = followPiece(this.doc, doc, this.piece)
    this.doc = doc
    return this.piece
  }

  dom(): HTMLElement | null {
    const piece = this.now()
    const dom = piece === null ? null : this.editor.view.nodeDOM(piece.from)
    return dom instanceof HTMLElement ? dom : null
  }

  /** Does something to it. False when it is gone. */
  change(act: (transaction: Transaction, piece: Piece) => void): boolean {
    const piece = this.now()
    if (piece === null) return false
    const { view } = this.editor
    const transaction = view.state.tr
    act(transaction, piece)
    if (transaction.docChanged) view.dispatch(transaction)
    return true
  }
}
