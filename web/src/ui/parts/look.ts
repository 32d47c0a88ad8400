// How the page of a document looks to one person: width, font and size of its text, and whether its
// spelling is checked. It is kept on this device and changes nothing for others. Attributes of the
// root carry it, so that it is there before the text is.
import { effect, signal } from '@preact/signals'

export const WIDTHS = ['narrow', 'normal', 'wide'] as const
export const FONTS = ['sans', 'serif', 'mono'] as const
export const SIZES = ['small', 'normal', 'large'] as const

export interface Look {
  width: (typeof WIDTHS)[number]
  font: (typeof FONTS)[number]
  size: (typeof SIZES)[number]
  spelling: boolean
}

export const PLAIN: Look = { width: 'normal', font: 'sans', size: 'normal', spelling: true }

const KEY = 'cowrite:look'

const oneOf = <T>(values: readonly T[], value: unknown, otherwise: T): T =>
  values.find((one) => one === value) ?? otherwise

/** What is not understood is as it would be without a choice. */
export function readLook(stored: string | null): Look {
  let value: unknown
  try {
    value = JSON.parse(stored ?? '{}')
  } catch {
    return PLAIN
  }
  if (typeof value !== 'object' || value === null) return PLAIN
  const { width, font, size, spelling } = value as Record<string, unknown>
  return {
    width: oneOf(WIDTHS, width, PLAIN.width),
    font: oneOf(FONTS, font, PLAIN.font),
    size: oneOf(SIZES, size, PLAIN.size),
    spelling: spelling !== false,
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

export const look = signal<Look>(readLook(stored()))

export function choose(change: Partial<Look>): void {
  look.value = { ...look.peek(), ...change }
  try {
    localStorage.setItem(KEY, JSON.stringify(look.peek()))
  } catch {
    // Storage is refused: the choice lives as long as the page.
  }
}

addEventListener('storage', (event) => {
  if (event.key === KEY || event.key === null) look.value = readLook(stored())
})

effect(() => {
  const { dataset } = document.documentElement
  dataset.width = look.value.width
  dataset.font = look.value.font
  dataset.size = look.value.size
})
