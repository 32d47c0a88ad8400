// Every word is there, as on a page whose later parts have come.
import { afterAll } from 'vitest'
import { learnLater } from '../../src/i18n/message'

await learnLater()

// What an editor still does a moment later (20 ms in ProseMirror) it does while there is a page.
afterAll(() => new Promise((resolve) => setTimeout(resolve, 40)))
