// Whether a plain text is clearly Markdown. In doubt it is not: a text that stays as it was can be
// formatted, and one that lost its signs cannot be had back by everybody.

const FENCE = /^ {0,3}(`{3,}|~{3,})[^`]*$/
const HEADING = /^#{1,6} +\S/
const ITEM = /^\s*(?:[-*+]|\d{1,9}[.)]) +\S/
const TASK = /^\s*[-*+] \[[ xX]\] +\S/
const DELIMITERS = /^ {0,3}\|?(?: *:?-+:? *\|)+ *(?::?-+:? *)?$/
const QUOTE = /^ {0,3}> ?\S/
const LINK = /!?\[[^\]\n]*\]\((?:https?:\/\/|mailto:|\/|#)[^\s)]+(?: "[^"\n]*")?\)/
const BOLD = /(?:^|[\s(])(?:\*\*|__)\S(?:[^\n]*?\S)?(?:\*\*|__)/
const CODE = /`[^`\n]+`/
const FOLD = /^<\/details>/i
/** Ends as lines of programs do. */
const PROGRAM = /[;{}]\s*$|^\s*(?:\/\/|\/\*)|^#!/

/** More than this says nothing new. */
const LINES = 2000

export function looksLikeMarkdown(text: string): boolean {
  const lines = text.split(/\r\n?|\n/, LINES)
  let fences = 0
  let score = 0
  let items = 0
  let program = 0
  let filled = 0
  let quotes = 0
  lines.forEach((line, index) => {
    if (line.trim() === '') return
    filled += 1
    if (FENCE.test(line)) fences += 1
    if (fences % 2 === 1) return
    if (PROGRAM.test(line)) program += 1
    const [above, below] = [lines[index - 1]?.trim() ?? '', lines[index + 1]?.trim() ?? '']
    // A comment of a script looks the same, but stands right above what it is about.
    if (HEADING.test(line) && above === '' && (below === '' || ITEM.test(below))) score += 2
    if (TASK.test(line)) score += 2
    else if (ITEM.test(line)) items += 1
    if (DELIMITERS.test(line) && above.includes('|')) score += 2
    // In the source of a page it stands right below what it ends.
    if (FOLD.test(line) && above === '') score += 2
    if (QUOTE.test(line)) quotes += 1
  })
  if (fences >= 2) score += 2
  if (items >= 2) score += 2
  if (quotes >= 1) score += 1
  const beginning = text.slice(0, 100_000)
  if (LINK.test(beginning)) score += 2
  if (BOLD.test(beginning)) score += 1
  if (CODE.test(beginning)) score += 1
  return score >= 2 && (fences >= 2 || program * 4 < filled)
}
