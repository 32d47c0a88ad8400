// Addresses that are what they lead to (`data:`, RFC 2397). The page's policy lets nobody fetch them, so
// they are read and made here.

/** What such an address holds. Throws where it is not written as it must be. */
export function blobOf(address: string): Blob {
  const comma = address.indexOf(',')
  if (comma < 0) throw new SyntaxError('A data address has a comma.')
  const head = address.slice('data:'.length, comma)
  const type = head.split(';')[0] ?? ''
  const body = decodeURIComponent(address.slice(comma + 1))
  const bytes = /;base64$/i.test(head) ? atob(body.replace(/\s/g, '')) : body
  return new Blob([Uint8Array.from(bytes, (sign) => sign.charCodeAt(0))], { type })
}

/** The address that holds this. */
export const dataUrl = (blob: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(blob)
  })
