// Who you are on this device: a name and a colour, kept in localStorage.
//
// The first visit gets an invented name and is never asked for one. A browser that refuses storage
// still gets an identity, for as long as the page lives.
import { signal } from '@preact/signals'
import { inventName, tidyName } from './name'
import { colourFor, isColour } from './palette'

export interface Identity {
  name: string
  color: string
}

const KEY = 'cowrite:identity'

/** Reads what a former visit stored; null when it is missing or damaged. */
export function parseIdentity(stored: string | null): Identity | null {
  if (stored === null) return null
  try {
    const value = JSON.parse(stored) as { name?: unknown; color?: unknown }
    const name = tidyName(value.name)
    return name !== null && isColour(value.color) ? { name, color: value.color } : null
  } catch {
    return null
  }
}

function invent(): Identity {
  const name = inventName()
  return { name, color: colourFor(name) }
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

function store(identity: Identity): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(identity))
  } catch {
    // Storage is refused: the identity lives as long as the page.
  }
}

export const identity = signal<Identity>(parseIdentity(read()) ?? invent())
store(identity.peek())

/** Takes a new name and colour; an empty name leaves everything as it is. */
export function introduce(name: string, color: string): void {
  const tidy = tidyName(name)
  if (tidy === null || !isColour(color)) return
  identity.value = { name: tidy, color }
  store(identity.value)
}
