// The colour of words with an open thread. Which threads are open is not in the text but beside it, so
// the text is not drawn anew when one is resolved: a style sheet of the page says which ids are
// tinted. (Script may make one; the page's policy forbids style elements only.)
import { isId } from './thread'

const wordsOf = (id: string): string => `.text .comment[data-comment="${id}"]`

const RULE = 'background: var(--comment); box-shadow: inset 0 -2px var(--comment-line); cursor: pointer'
const ACTIVE = 'background: var(--comment-active); box-shadow: inset 0 -2px var(--comment-active-line)'

/** The rules as text; ids are checked, whoever made them. */
export function tintRules(open: readonly string[], active: string | null): string {
  const ids = open.filter(isId)
  if (ids.length === 0) return ''
  const all = `${ids.map(wordsOf).join(',')}{${RULE}}`
  return active !== null && ids.includes(active) ? `${all}${wordsOf(active)}{${ACTIVE}}` : all
}

let sheet: CSSStyleSheet | null = null

export function tint(open: readonly string[], active: string | null): void {
  if (sheet === null) {
    sheet = new CSSStyleSheet()
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  }
  sheet.replaceSync(tintRules(open, active))
}
