// Names of people: invented for a first visit, tidied when they come from others, shortened for
// an avatar. A name is plain text of at most forty letters; it never holds control characters.

const MOODS = [
  'Amber',
  'Brisk',
  'Calm',
  'Clever',
  'Coral',
  'Gentle',
  'Golden',
  'Honest',
  'Indigo',
  'Ivory',
  'Jolly',
  'Lively',
  'Lunar',
  'Mellow',
  'Merry',
  'Nimble',
  'Olive',
  'Patient',
  'Quiet',
  'Scarlet',
  'Silver',
  'Sunny',
  'Swift',
  'Teal',
  'Witty',
] as const

const ANIMALS = [
  'Badger',
  'Bison',
  'Crane',
  'Dolphin',
  'Falcon',
  'Fox',
  'Gecko',
  'Hare',
  'Heron',
  'Ibis',
  'Jaguar',
  'Koala',
  'Lemur',
  'Lynx',
  'Marten',
  'Newt',
  'Otter',
  'Owl',
  'Panda',
  'Puffin',
  'Raven',
  'Robin',
  'Seal',
  'Swan',
  'Tapir',
] as const

const LONGEST = 40

const pick = (from: readonly string[], random: () => number): string =>
  from[Math.floor(random() * from.length)] ?? from[0] ?? ''

/** A friendly name such as "Amber Otter". */
export const inventName = (random: () => number = Math.random): string =>
  `${pick(MOODS, random)} ${pick(ANIMALS, random)}`

/** What may be shown of a name somebody sent; null when nothing is left of it. */
export function tidyName(value: unknown): string | null {
  if (typeof value !== 'string') return null
  // Enough for what is kept, however much somebody sent.
  const plain = value
    .slice(0, 16 * LONGEST)
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
  return plain === '' ? null : [...plain].slice(0, LONGEST).join('')
}

/** One or two letters: the first of the first word and of the last. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '')
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]]
  return letters.map((word) => [...(word ?? '?')][0]?.toLocaleUpperCase() ?? '').join('')
}
