// Light or dark: as the system says, until a person chooses; the choice is kept on this device.
// The colours themselves follow `color-scheme` (style/tokens.css), so this sets one attribute.
import { computed, signal } from '@preact/signals'

export type Theme = 'light' | 'dark'

const KEY = 'cowrite:theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const systemDark = signal(system.matches)
system.addEventListener('change', () => {
  systemDark.value = system.matches
})

function stored(): Theme | null {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'light' || value === 'dark' ? value : null
  } catch {
    return null
  }
}

const chosen = signal<Theme | null>(stored())

export const theme = computed<Theme>(() => chosen.value ?? (systemDark.value ? 'dark' : 'light'))

/** Choosing what the system says anyway means following the system again. */
export function choose(wanted: Theme): void {
  const followed = wanted === (systemDark.peek() ? 'dark' : 'light')
  chosen.value = followed ? null : wanted
  try {
    if (followed) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, wanted)
  } catch {
    // Storage is refused: the choice lives as long as the page.
  }
}

chosen.subscribe((value) => {
  if (value === null) delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = value
})
