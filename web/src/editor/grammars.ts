// The grammars, in a chunk of their own: never import this file statically.
import { common, createLowlight } from 'lowlight'

export const lowlight = createLowlight(common)
export { standFor } from './aliases'
