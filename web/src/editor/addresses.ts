// What in a text is an address, so that it becomes a link as it is typed or pasted. It stands in the place
// of linkifyjs, which the link extension asks (vite.config.ts): that one knows all top-level domains by
// heart, which is 9 KB of every visit, and makes links of `lib.rs` and `setup.sh`. Here an address is what
// says so: it has a scheme, or begins with www., or is a mail address, or ends in a domain that people
// write without one.

const ENDINGS =
  'at|au|be|biz|br|ca|ch|cn|co|com|cz|de|dev|dk|edu|es|eu|fi|fr|gov|gr|ie|il|in|info|int|io|it|jp|kr|mil|mx|net|nl|no|nz|org|pl|pt|ru|se|tr|ua|uk|us|app|page|wiki|xyz'

const SCHEMED = String.raw`https?:\/\/[^\s<>"']+|mailto:[^\s<>"']+`
const MAIL = String.raw`[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,24}`
const HOST = String.raw`www\.[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}|(?:[a-z0-9-]{1,63}\.){1,8}(?:${ENDINGS})`
const ADDRESS = new RegExp(
  String.raw`(?:${SCHEMED}|${MAIL}|(?:${HOST})(?![\w.-]*[\w-])(?::\d+)?(?:[/?#][^\s<>"']*)?)`,
  'gi',
)

/** A part of a text, as the link extension knows it. */
export interface Part {
  type: 'url' | 'email' | 'text'
  value: string
  isLink: boolean
  href: string
  start: number
  end: number
}

/** Signs that end a sentence, or close what was opened before the address, are not part of it. */
function trimmed(address: string): string {
  let end = address.length
  for (;;) {
    const last = address[end - 1] ?? ''
    const opens = { ')': '(', ']': '[', '}': '{' }[last]
    const inner = address.slice(0, end - 1)
    const closes = opens !== undefined && inner.split(opens).length <= inner.split(last).length
    if (!closes && !/[.,;:!?'"*_~]/.test(last)) return address.slice(0, end)
    end -= 1
  }
}

function partOf(value: string, start: number): Part {
  const end = start + value.length
  if (/^[a-z]+:/i.test(value)) return { type: 'url', value, isLink: true, href: value, start, end }
  if (value.includes('@') && !/[/?#]/.test(value))
    return { type: 'email', value, isLink: true, href: `mailto:${value}`, start, end }
  return { type: 'url', value, isLink: true, href: `https://${value}`, start, end }
}

/** Every address in a text. */
export function find(text: string): Part[] {
  const found: Part[] = []
  for (const match of text.matchAll(ADDRESS)) {
    const before = text[match.index - 1] ?? ''
    // In the middle of a word it is a part of that word.
    if (/[\w@.-]/.test(before)) continue
    const value = trimmed(match[0])
    if (value !== '') found.push(partOf(value, match.index))
  }
  return found
}

/** A text as addresses and what is between them. */
export function tokenize(text: string): { toObject: () => Part }[] {
  const parts: Part[] = []
  const plain = (from: number, to: number) => {
    if (to > from)
      parts.push({ type: 'text', value: text.slice(from, to), isLink: false, href: '', start: from, end: to })
  }
  let at = 0
  for (const part of find(text)) {
    plain(at, part.start)
    parts.push(part)
    at = part.end
  }
  plain(at, text.length)
  return parts.map((part) => ({ toObject: () => part }))
}

/** Other schemes are no links here. */
export const registerCustomProtocol = (): void => undefined
export const reset = (): void => undefined
