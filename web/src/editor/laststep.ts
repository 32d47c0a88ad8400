// One step of the shared history, to be taken back later: by a word in a toast, after others have written
// and perhaps oneself. What was done since must not be undone in its place.
import type { Editor } from '@tiptap/core'
import { yUndoPluginKey } from '@tiptap/y-tiptap'

/** Marks the step that was just made; the answer takes back exactly that one, or nothing and says so. */
export function lastStep(editor: Editor): () => boolean {
  const manager = yUndoPluginKey.getState(editor.state)?.undoManager
  manager?.stopCapturing()
  const step = manager?.undoStack.at(-1)
  return () => step !== undefined && manager?.undoStack.at(-1) === step && editor.commands.undo()
}
