// An id that nobody else has: of plain letters, since it stands in attributes and selectors. That it can
// hardly be guessed is no worry of anybody; it only has to be one's own.
export const newId = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(9))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
