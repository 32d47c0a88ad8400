// The node that an open card is about. Others write above it while one types in the card: it is the same
// node at another position then, and what is typed must stay.
import type { Editor } from '@tiptap/core'
import { useRef } from 'preact/hooks'
import { rememberPlace } from '../../editor/place'

export interface Held {
  /** Another one for another node. */
  key: number
  /** Where the node is now; null when it is gone. */
  place: () => number | null
}

export function useHeld(editor: Editor | null, position: number | null): Held | null {
  const held = useRef<Held>({ key: 0, place: () => null })
  if (editor === null || position === null) return null
  if (held.current.place() !== position)
    held.current = { key: held.current.key + 1, place: rememberPlace(editor, position) }
  return held.current
}
