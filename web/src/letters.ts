// Letters that take two places in a text, of which one place alone is no letter: nobody else can have that,
// for what travels is made of whole ones.

/** Most texts have no letters of two. */
const PAIRED = /[\ud800-\udfff]/
const HALF = /\p{Cs}/gu

/** A text with the sign for an unknown letter where it has half of one; it is as long as it was. */
export const wholeLetters = (text: string): string =>
  PAIRED.test(text) ? text.replace(HALF, '\uFFFD') : text

/** Whether one place of a text is the first half of a letter, or the second. */
export const isFirstHalf = (unit: string | undefined): boolean => /^[\ud800-\udbff]$/.test(unit ?? '')
export const isSecondHalf = (unit: string | undefined): boolean => /^[\udc00-\udfff]$/.test(unit ?? '')
