/**
 * A node of the text that is remembered as itself: not by its place, where another one stands once it is
 * gone, and not by what it holds, which two may have alike.
 */
import type { Editor } from '@tiptap/core'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import * as Y from 'yjs'

/**
 * Remembers the node behind a position; asks where it is. Null once it is gone, or was put elsewhere by
 * being written anew.
 */
export function rememberNode(editor: Editor, position: number): () => number | null {
  const $position = editor.state.doc.resolve(position)
  const root = ySyncPluginKey.getState(editor.state)?.type
  let node: unknown = root
  for (let depth = 0; depth <= $position.depth; depth += 1)
    node = node instanceof Y.XmlFragment ? node.get($position.index(depth)) : null
  if (!(node instanceof Y.XmlElement) || node.nodeName !== $position.nodeAfter?.type.name) return () => null
  const remembered = node
  return () => {
    const path: number[] = []
    for (let inner: Y.XmlElement = remembered; ; ) {
      const { parent } = inner
      const index = parent instanceof Y.XmlFragment ? parent.toArray().indexOf(inner) : -1
      if (index < 0) return null
      path.unshift(index)
      if (parent === root) break
      if (!(parent instanceof Y.XmlElement)) return null
      inner = parent
    }
    let [at, shown] = [-1, editor.state.doc]
    for (const index of path) {
      if (index >= shown.childCount) return null
      at += 1
      for (let before = 0; before < index; before += 1) at += shown.child(before).nodeSize
      shown = shown.child(index)
    }
    return shown.type.name === remembered.nodeName ? at : null
  }
}
