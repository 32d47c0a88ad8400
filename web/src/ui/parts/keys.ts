// Keyboard shortcuts as people read them: `Mod-Shift-s` is "⇧⌘S" on a Mac and "Ctrl+Shift+S" elsewhere.

const MAC = /Mac|iPhone|iPad/.test(navigator.platform)

const NAMES: Record<string, string> = MAC
  ? { Mod: '⌘', Shift: '⇧', Alt: '⌥' }
  : { Mod: 'Ctrl', Shift: 'Shift', Alt: 'Alt' }

const ARROWS: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓' }

export function keysOf(shortcut: string): string[] {
  return shortcut
    .split('-')
    .map((key) => NAMES[key] ?? ARROWS[key] ?? (key.length === 1 ? key.toLocaleUpperCase() : key))
}

export const readable = (shortcut: string): string => keysOf(shortcut).join(MAC ? '' : '+')

/** The form `aria-keyshortcuts` wants. */
export const announced = (shortcut: string): string =>
  shortcut
    .replace('Mod', MAC ? 'Meta' : 'Control')
    .split('-')
    .join('+')

/**
 * A key of an input method, which is none of the page's: it chooses or ends a composition. Safari says so
 * of the key that ends one by its number only.
 */
export const composes = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229

export const isMod = (event: KeyboardEvent): boolean => (MAC ? event.metaKey : event.ctrlKey)

/** Whether this key press is the shortcut; digits and letters by what is printed on their keys. */
export function presses(event: KeyboardEvent, shortcut: string): boolean {
  const parts = shortcut.split('-')
  const key = parts.pop() ?? ''
  return (
    isMod(event) === parts.includes('Mod') &&
    event.shiftKey === parts.includes('Shift') &&
    event.altKey === parts.includes('Alt') &&
    (event.key.toLowerCase() === key.toLowerCase() || event.code === `Key${key.toUpperCase()}`)
  )
}
