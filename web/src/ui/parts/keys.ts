// Keyboard shortcuts as people read them: `Mod-Shift-s` is "⇧⌘S" on a Mac and "Ctrl+Shift+S" elsewhere.

const MAC = /Mac|iPhone|iPad/.test(navigator.platform)

const NAMES: Record<string, string> = MAC
  ? { Mod: '⌘', Shift: '⇧', Alt: '⌥' }
  : { Mod: 'Ctrl', Shift: 'Shift', Alt: 'Alt' }

export function keysOf(shortcut: string): string[] {
  return shortcut.split('-').map((key) => NAMES[key] ?? (key.length === 1 ? key.toLocaleUpperCase() : key))
}

export const readable = (shortcut: string): string => keysOf(shortcut).join(MAC ? '' : '+')

/** The form `aria-keyshortcuts` wants. */
export const announced = (shortcut: string): string =>
  shortcut
    .replace('Mod', MAC ? 'Meta' : 'Control')
    .split('-')
    .join('+')

export const isMod = (event: KeyboardEvent): boolean => (MAC ? event.metaKey : event.ctrlKey)
