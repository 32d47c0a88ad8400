// Waiting for something that must become true, and saying what it was when it does not.
import { setTimeout as pause } from 'node:timers/promises'

const LOOK_EVERY = 10

export async function until(what, holds, limit = 20_000) {
  const end = performance.now() + limit
  for (;;) {
    const value = await holds()
    if (value) return value
    if (performance.now() > end) throw new Error(`Waited ${limit / 1000} s in vain until ${what}.`)
    await pause(LOOK_EVERY)
  }
}
