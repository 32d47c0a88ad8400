// The colours people write in.
//
// No two of them look alike, and every colour keeps a contrast of at least 4.5:1 against white, so that a name set in white on it
// can be read (a test holds them to that). Only six-digit hex travels over the wire; what others
// send is parsed here before it may reach a style.

export const PALETTE = [
  '#c2255c',
  '#1a6fc4',
  '#2b7a3d',
  '#9c36b5',
  '#c2410c',
  '#0b7285',
  '#5f3dc4',
  '#7c2d12',
  '#866204',
  '#36485c',
] as const

export const isColour = (value: unknown): value is string =>
  typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value)

/** The same seed always gives the same colour. */
export function colourFor(seed: string): string {
  let hash = 7
  for (const letter of seed) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0
  return PALETTE[hash % PALETTE.length] ?? PALETTE[0]
}

function luminance(colour: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

/** WCAG contrast of white text on this colour. */
export const contrastWithWhite = (colour: string): number => 1.05 / (luminance(colour) + 0.05)
