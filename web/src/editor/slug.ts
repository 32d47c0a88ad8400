// Addresses of headings inside a document, by GitHub's rule: letters and digits of any script, small, with
// hyphens for spaces; what repeats gets -1, -2. They follow from the text alone, nothing is stored, so a
// heading that is renamed has another address.
import type { Node } from '@tiptap/pm/model'
import { type Heading, headingsOf } from './headings'

const DROPPED = /[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu

export const slugOf = (text: string): string =>
  text.trim().toLowerCase().replace(DROPPED, '').replace(/ /g, '-')

export interface Anchor extends Heading {
  slug: string
}

export function anchorsOf(doc: Node): Anchor[] {
  const taken = new Map<string, number>()
  return headingsOf(doc).map((heading) => {
    const plain = slugOf(heading.text)
    let slug = plain
    while (taken.has(slug)) {
      const count = (taken.get(plain) ?? 0) + 1
      taken.set(plain, count)
      slug = `${plain}-${count}`
    }
    taken.set(slug, 0)
    return { ...heading, slug }
  })
}
