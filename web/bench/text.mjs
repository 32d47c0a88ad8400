// A document of so many words, as Markdown: paragraphs of some ninety words, a heading before every ten.
const WORDS =
  'the quick brown fox jumps over a lazy dog while seven wizards box and every good editor keeps what was written for those who come later to read it'.split(
    ' ',
  )
const PARAGRAPH = 92

export function textOf(words) {
  const parts = []
  let written = 0
  for (let paragraph = 0; written < words; paragraph++) {
    if (paragraph % 10 === 0) parts.push(`## Part ${paragraph / 10 + 1}`)
    const count = Math.min(PARAGRAPH, words - written)
    const chosen = Array.from({ length: count }, (_, at) => WORDS[(paragraph * 7 + at * 5) % WORDS.length])
    parts.push(`${chosen.join(' ')}.`)
    written += count
  }
  return parts.join('\n\n')
}
