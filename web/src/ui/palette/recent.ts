// What was chosen in the palette lately, on this device.

const KEY = 'cowrite:commands'
const MOST = 4

export function recentChoices(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(value) ? value.filter((id) => typeof id === 'string').slice(0, MOST) : []
  } catch {
    return []
  }
}

export function rememberChoice(id: string): void {
  try {
    const others = recentChoices().filter((other) => other !== id)
    localStorage.setItem(KEY, JSON.stringify([id, ...others].slice(0, MOST)))
  } catch {
    // Storage is refused: nothing is remembered.
  }
}
