// A template's Markdown as blocks to look at: what it has of it and no more. What leads nowhere in
// particular, such as an empty point of a list, is a place to write and is shown as one.

export type Line =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'text' | 'quote' | 'point' | 'number' | 'task' | 'code'; text: string }
  | { kind: 'table'; cells: string[] }

/** Without the signs of bold, italic and code. */
const bare = (text: string): string => text.replace(/\*\*|`|(?<!\w)\*|\*(?!\w)/g, '').trim()

const cellsOf = (row: string): string[] => row.split('|').slice(1, -1).map(bare)

export function linesOf(markdown: string): Line[] {
  const lines: Line[] = []
  let isCode = false
  for (const row of markdown.split('\n')) {
    if (row.startsWith('```')) isCode = !isCode
    else if (isCode) lines.push({ kind: 'code', text: row })
    else if (/^\|[\s|:-]+\|$/.test(row) && /-/.test(row)) continue
    else if (row.startsWith('|')) {
      // Of a table its head tells enough.
      const cells = cellsOf(row)
      if (cells.some((cell) => cell !== '')) lines.push({ kind: 'table', cells })
    } else {
      const [, marks = '', text = ''] = /^(#{1,6} |> |- \[[ x]\] ?|- ?|\d+\. ?)?(.*)$/.exec(row) ?? []
      if (marks === '' && text.trim() === '') continue
      if (marks.startsWith('#')) lines.push({ kind: 'heading', level: marks.trim().length, text: bare(text) })
      else if (marks.startsWith('>')) lines.push({ kind: 'quote', text: bare(text) })
      else if (marks.startsWith('- [')) lines.push({ kind: 'task', text: bare(text) })
      else if (marks.startsWith('-')) lines.push({ kind: 'point', text: bare(text) })
      else if (marks !== '') lines.push({ kind: 'number', text: `${marks.trim()} ${bare(text)}`.trim() })
      else lines.push({ kind: 'text', text: bare(text) })
    }
  }
  return lines
}
