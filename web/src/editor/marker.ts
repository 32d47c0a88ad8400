// The highlighter. A highlight is stored by the name of its colour, never as a colour value: each
// theme then gives it a shade in which the text can be read.
import { Highlight } from '@tiptap/extension-highlight'

export const HIGHLIGHTS = ['yellow', 'green', 'blue', 'pink', 'purple'] as const
export type HighlightName = (typeof HIGHLIGHTS)[number]

/** Anything unknown, from a paste or another client, is shown in yellow. */
export const highlightName = (value: unknown): HighlightName =>
  HIGHLIGHTS.find((name) => name === value) ?? 'yellow'

export const Marker = Highlight.extend({
  addAttributes() {
    return {
      color: {
        default: 'yellow' satisfies HighlightName,
        parseHTML: (element: HTMLElement) => highlightName(element.getAttribute('data-color')),
        renderHTML: (attributes: Record<string, unknown>) => ({
          'data-color': highlightName(attributes.color),
        }),
      },
    }
  },
})
