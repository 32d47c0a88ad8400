// How well a name answers what was typed: names that begin with it first, then words in them, then
// letters that are there in this order. Case and accents do not matter.

/** As it is compared: without case and accents. */
export const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

const BEGINNING = 1000
const WORD = 800
const INSIDE = 600
const SCATTERED = 400
const WORTHLESS = 60

const isLetter = (sign: string | undefined): boolean => sign !== undefined && /[\p{L}\p{N}]/u.test(sign)

/** The first of a word that begins with this letter. */
function wordWith(letter: string, name: string): number {
  let at = name.indexOf(letter)
  while (at > 0 && isLetter(name[at - 1])) at = name.indexOf(letter, at + 1)
  return at
}

/**
 * Letters in their order, the first of them at the beginning of a word: the better, the fewer leaps, and a
 * leap to a word's beginning is half a leap.
 */
function scattered(wanted: string, name: string): number | null {
  let score = SCATTERED
  let before = -1
  for (const letter of wanted) {
    if (!isLetter(letter)) continue
    const at = before < 0 ? wordWith(letter, name) : name.indexOf(letter, before + 1)
    if (at < 0) return null
    if (at !== before + 1) score -= isLetter(name[at - 1]) ? 80 : 30
    before = at
  }
  return score < WORTHLESS ? null : score
}

function rankWord(wanted: string, name: string): number | null {
  if (name.startsWith(wanted)) return BEGINNING
  const at = name.indexOf(wanted)
  if (at < 0) return scattered(wanted, name)
  for (let next = at; next >= 0; next = name.indexOf(wanted, next + 1))
    if (!isLetter(name[next - 1])) return WORD
  return INSIDE
}

/**
 * Null: no answer. `words` are further words for the same thing; they count less than its name. A short
 * name that holds what was typed comes before a long one.
 */
export function rank(typed: string, name: string, words = ''): number | null {
  const wanted = plain(typed).trim()
  const own = plain(name)
  if (wanted === '') return 0
  const whole = rankWord(wanted, own)
  const brevity = 1 / (1 + own.length)
  if (whole !== null && whole >= INSIDE) return whole + brevity
  const other = plain(words)
  let score = 0
  const parts = wanted.split(/\s+/)
  for (const part of parts) {
    const byName = rankWord(part, own)
    const byWords = other === '' || !other.includes(part) ? null : (rankWord(part, other) ?? 0) / 2
    const best = Math.max(byName ?? -1, byWords ?? -1)
    if (best < 0) return whole === null ? null : whole + brevity
    score += best
  }
  return Math.max(score / parts.length - 1, whole ?? 0) + brevity
}
