// Which emoji a few letters mean: by the short names that people know from elsewhere, then by what they
// show. Words of several are separated by "_" in names; both "_" and "-" are taken for one.

export interface Emoji {
  emoji: string
  names: string[]
  tags: string[]
  description: string
}

const MOST = 24
/** Times and proportions are written with a colon too: digits only find what is called so. */
const LETTERS = /^[\p{L}+-]/u

/** How well one fits: 0 is best, null is not at all. */
function rank({ names, tags, description }: Emoji, wanted: string): number | null {
  if (names.includes(wanted)) return 0
  if (!LETTERS.test(wanted)) return null
  if (names.some((name) => name.startsWith(wanted))) return 1
  if (tags.some((tag) => tag.startsWith(wanted))) return 2
  const words = description.toLowerCase().split(/[^\p{L}\p{N}]+/u)
  if (words.some((word) => word.startsWith(wanted))) return 3
  return names.some((name) => name.split('_').some((part) => part.startsWith(wanted))) ? 4 : null
}

export function searchEmoji(all: readonly Emoji[], query: string): Emoji[] {
  const wanted = query.toLowerCase().replaceAll('-', query.startsWith('-') ? '-' : '_')
  const ranked: { emoji: Emoji; rank: number }[] = []
  for (const emoji of all) {
    const found = rank(emoji, wanted)
    if (found !== null) ranked.push({ emoji, rank: found })
  }
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST)
    .map(({ emoji }) => emoji)
}

const POPULAR = [
  '+1 heart joy smile tada fire rocket eyes pray clap white_check_mark warning',
  'bulb thinking wave sob 100 star calendar pushpin memo coffee',
]
  .join(' ')
  .split(' ')

/** What people use most, for who has not typed anything yet. */
export const popularEmoji = (all: readonly Emoji[]): Emoji[] =>
  POPULAR.map((name) => all.find(({ names }) => names.includes(name))).filter((found) => found !== undefined)
