// A text file as a program wrote it: in what letters, and with what before the text. Files of today are
// UTF-8; older ones are not, and say so only in parts. Nobody's umlauts become signs of doubt.

const MARKS: [string, number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/** As far as a page says near its beginning in what letters it is written. */
const DECLARED = /charset\s*=\s*["']?([\w-]+)/i
const BEGINNING = 1024

/** What browsers take a text for of which nobody says anything. */
const OLD = 'windows-1252'

function decoded(bytes: Uint8Array, letters: string, fatal = false): string | null {
  try {
    return new TextDecoder(letters, { fatal }).decode(bytes)
  } catch {
    return null
  }
}

/** The text of a file: by its mark, else as UTF-8 if it is that, else by what it says, else as old files are. */
export function textOf(bytes: Uint8Array): string {
  const marked = MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte))?.[0]
  if (marked !== undefined) return decoded(bytes, marked) ?? ''
  const modern = decoded(bytes, 'utf-8', true)
  if (modern !== null) return modern
  const old = decoded(bytes, OLD) ?? ''
  const said = DECLARED.exec(old.slice(0, BEGINNING))?.[1]
  return (said === undefined ? null : decoded(bytes, said, true)) ?? old
}

/** `---`, lines of YAML, `---`, at the very beginning of a Markdown file: as Jekyll, Hugo and Obsidian have it. */
const FRONT = /^---[ \t]*\r?\n([\s\S]*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/
const YAML_LINE = /^(?:[\w.-]+\s*:(?:\s.*)?|\s+.*|-\s.*|#.*|)$/
const TITLE = /^title\s*:\s*(.+)$/i

const unquoted = (value: string): string => /^(["'])(.*)\1$/.exec(value)?.[2] ?? value

/**
 * What is said of a Markdown text before it: its title, taken out of it; anything else that is said stays,
 * as a block of code. Two lines with something else between them are what they are.
 */
export function frontMatter(text: string): { title: string; content: string } {
  const found = FRONT.exec(text)
  const lines = (found?.[1] ?? '').split(/\r?\n/)
  if (found === null || !/^[\w.-]+\s*:/.test(lines[0] ?? '') || !lines.every((line) => YAML_LINE.test(line)))
    return { title: '', content: text }
  const at = lines.findIndex((line) => TITLE.test(line))
  const title = unquoted((TITLE.exec(lines[at] ?? '')?.[1] ?? '').trim())
  // A title of several lines is no line of ours.
  const taken = title !== '' && !/^[|>]/.test(title)
  const rest = lines.filter((line, index) => !(taken && index === at) && line.trim() !== '')
  const kept = rest.length === 0 ? '' : `\`\`\`yaml\n${rest.join('\n')}\n\`\`\`\n\n`
  return { title: taken ? title : '', content: kept + text.slice(found[0].length) }
}
