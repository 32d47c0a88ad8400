// A place in the text that is remembered through whatever is written meanwhile, by oneself and by others:
// it is tied to what stands there in the shared document, not to a number.
import type { Editor } from '@tiptap/core'
import {
  absolutePositionToRelativePosition,
  relativePositionToAbsolutePosition,
  ySyncPluginKey,
} from '@tiptap/y-tiptap'

/** Remembers a place; asks where it is. Null where it is gone. */
export function rememberPlace(editor: Editor, position: number): () => number | null {
  const state = ySyncPluginKey.getState(editor.state)
  if (!state?.binding) return () => position
  const { type, doc, binding } = state
  const relative = absolutePositionToRelativePosition(position, type, binding.mapping)
  return () => relativePositionToAbsolutePosition(doc, type, relative, binding.mapping)
}
