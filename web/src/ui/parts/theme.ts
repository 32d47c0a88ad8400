// Light or dark: as the system says, until a person chooses; the choice is kept on this device.
// The colours themselves follow `color-scheme` (style/tokens.css), so this sets one attribute.
import { computed, type ReadonlySignal, signal } from '@preact/signals'

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

/** Null: as the system says. */
export const chosenTheme: ReadonlySignal<Theme | null> = chosen

export const theme = computed<Theme>(() => chosen.value ?? (systemDark.value ? 'dark' : 'light'))

/** Null follows the system, whatever it will say. */
export function chooseTheme(wanted: Theme | null): void {
  chosen.value = wanted
  try {
    if (wanted === null) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, wanted)
  } catch {
    // Storage is refused: the choice lives as long as the page.
  }
}

/** Choosing what the system says anyway means following the system again. */
export const choose = (wanted: Theme): void =>
  chooseTheme(wanted === (systemDark.peek() ? 'dark' : 'light') ? null : wanted)

chosen.subscribe((value) => {
  if (value === null) delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = value
})
