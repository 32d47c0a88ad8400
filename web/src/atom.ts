// The letter that stands for what is in a text and is none itself: a picture, a formula, a line break.

/** The object replacement character. It takes one place, as such a thing does. */
export const ATOM = '\ufffc'
