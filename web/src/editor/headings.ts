// The outline: headings of the document with their positions. It is read, never written: nothing is
// stored in the document to make an outline possible.
import type { Node } from '@tiptap/pm/model'

export interface Heading {
  level: number
  text: string
  /** Position in front of the heading, in the document it was read from. */
  position: number
}

export function headingsOf(doc: Node): Heading[] {
  const headings: Heading[] = []
  doc.forEach((node, position) => {
    if (node.type.name === 'heading' && node.textContent.trim() !== '')
      headings.push({ level: Number(node.attrs.level), text: node.textContent, position })
  })
  return headings
}
