// The roots of a shared document: the text, and what is said about it.
export const CONTENT = 'content'
export const META = 'meta'
