// One item of a list, of whichever kind.
import type { Node } from '@tiptap/pm/model'

export const isItem = (node: Node | undefined): boolean =>
  node?.type.name === 'listItem' || node?.type.name === 'taskItem'
