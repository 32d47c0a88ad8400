// Where a picture comes from, and what follows from it. Pure decisions over addresses.
//
// Only files that the server keeps are shown: the page may load nothing from another host, and an
// address on this one that is no file is nobody's picture. A file belongs to its document, so one of
// another document is sent to this one before it is shown here for long.
import { resourcePath } from '../address'

export type Source =
  /** A file of this document, or of another one. */
  | { kind: 'own' | 'other'; address: string }
  /** Written out in the address itself. */
  | { kind: 'data'; address: string }
  /** Of another host: shown as a link to it. */
  | { kind: 'foreign'; address: string; host: string }
  /** No picture can come from there. */
  | { kind: 'none' }

const FILE = /^\/api\/documents\/[^/]+\/files\/[^/]+$/
const DATA = /^data:image\/(png|jpe?g|gif|webp|avif|bmp)[;,]/i
/** Larger than what any server takes; a longer one is not even looked at. */
const LONGEST_DATA = 64 << 20

export function sourceOf(address: unknown, document: string, origin: string): Source {
  if (typeof address !== 'string' || address.trim() === '') return { kind: 'none' }
  if (DATA.test(address)) return address.length > LONGEST_DATA ? { kind: 'none' } : { kind: 'data', address }
  let url: URL
  try {
    url = new URL(address.trim(), origin)
  } catch {
    return { kind: 'none' }
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { kind: 'none' }
  if (url.origin !== origin) return { kind: 'foreign', address: url.href, host: url.host }
  if (!FILE.test(url.pathname)) return { kind: 'foreign', address: url.href, host: url.host }
  const own = url.pathname.startsWith(`${resourcePath(document)}/files/`)
  return { kind: own ? 'own' : 'other', address: url.pathname }
}

/** What is shown as a picture; everything else a browser can draw, the server gives to be saved. */
export const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp']

export const isPicture = (type: string): boolean => PICTURES.includes(type)

/** A width from markup or from a handle, as it may be stored; null when it says nothing. */
export function widthOf(value: unknown): number | null {
  const width = Math.round(Number(value))
  return Number.isFinite(width) && width >= 1 && width <= 10_000 && value !== null && value !== ''
    ? width
    : null
}
