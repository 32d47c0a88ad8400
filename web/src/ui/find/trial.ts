// What a worker does for the page: it tries an expression in texts. Nothing here knows when it will be done,
// since an expression may take longer than anybody lives; the page ends it (trials.ts).
import { findIn, type Match } from './matches'

/** An expression, and the texts in which it is to be tried. */
export interface Trial {
  source: string
  flags: string
  texts: string[]
  /** What is to stand in the place of each match; `$1` and its like are filled in. Null: nothing is. */
  by: string | null
}

/** What is found in one text. */
export interface Found {
  matches: Match[]
  /** What stands in the place of each; null where nothing is to. */
  put: string[] | null
}

/** A letter that is in none of these. */
function apart(...texts: string[]): string {
  for (let code = 0xe000; ; code += 1) {
    const letter = String.fromCharCode(code)
    if (!texts.some((text) => text.includes(letter))) return letter
  }
}

/** What stands in the place of each match, filled in as `replace` does it, with the text around in sight. */
function putIn(text: string, pattern: RegExp, by: string): string[] {
  const edge = apart(text, by)
  // Between two edges stands what is put; of matches that are empty, too, which are passed over.
  const pieces = text.replace(pattern, `${edge}${by}${edge}`).split(edge)
  return [...text.matchAll(pattern)].flatMap((match, at) =>
    match[0] === '' ? [] : [pieces[2 * at + 1] ?? ''],
  )
}

export function tryOut({ source, flags, texts, by }: Trial): Found[] {
  const pattern = new RegExp(source, flags)
  return texts.map((text) => {
    const matches = findIn(text, pattern)
    return { matches, put: by === null ? null : matches.length === 0 ? [] : putIn(text, pattern, by) }
  })
}
