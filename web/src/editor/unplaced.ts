// What the suggestion extension gets in the place of Floating UI (vite.config.ts). It prepares how it
// would place a list, and never places one: ours are placed by nearby.ts. 9 KB of every visit are saved.

const never = (): never => {
  throw new Error('Lists of suggestions are placed by nearby.ts.')
}

const prepared = () => ({ name: 'unplaced', fn: () => ({}) })

export const autoUpdate = never
export const computePosition = never
export const flip = prepared
export const offset = prepared
