// Whether one suggests in a document, kept for this tab: a reload must not turn proposals into edits
// unasked, and a new visit must not surprise anybody by what was chosen days ago.

const key = (name: string): string => `cowrite:suggesting:${name}`

export function wasSuggesting(name: string): boolean {
  try {
    return sessionStorage.getItem(key(name)) !== null
  } catch {
    return false
  }
}

export function keepMode(name: string, on: boolean): void {
  try {
    if (on) sessionStorage.setItem(key(name), 'on')
    else sessionStorage.removeItem(key(name))
  } catch {
    // Storage is refused: the mode lives as long as the page.
  }
}
