// Which addresses a link may have: http, https, mailto, tel, and relative ones. Everything else is
// refused, whoever wrote it: a `javascript:` link from another client is shown without an address.
import { routeOf } from '../address'

const SAFE_SCHEMES = ['http:', 'https:', 'mailto:', 'tel:']
const SCHEME = /^[a-z][a-z0-9+.-]*:/i
const PORT = '(?::\\d+)?(?:[/?#]|$)'
/** A name with a last part that is no number, also of other letters; or four numbers. */
const HOST = new RegExp(
  `^(?:[^\\s/?#@:]+\\.(?:\\p{L}{2,}|xn--[a-z0-9-]+)|\\d+(?:\\.\\d+){3}|localhost)${PORT}`,
  'iu',
)
const HOST_WITH_PORT = /^[^\s/?#@:]+:\d+(?:[/?#]|$)/
const MAIL = /^[^\s@/:]+@[^\s@/]+\.\p{L}{2,}$/iu
/** What says itself that it is a path, a question, or a place in this document. */
const PATH = /^(?:[/?#]|\.{1,2}(?:[/?#]|$))/

/** Browsers ignore control characters and spaces in a scheme, so they are taken out first. */
const bare = (address: string): string => address.replace(/[\p{Cc}\p{Cf}\s]/gu, '')

const schemeOf = (address: string): string | undefined => SCHEME.exec(bare(address))?.[0].toLowerCase()

export function isSafeLink(address: string): boolean {
  if (bare(address) === '') return false
  const scheme = schemeOf(address)
  return scheme === undefined || SAFE_SCHEMES.includes(scheme)
}

/** Whether an address with a scheme of ours leads anywhere. */
function isWhole(address: string): boolean {
  try {
    const { protocol, pathname } = new URL(address)
    return protocol.startsWith('http') || pathname.trim() !== ''
  } catch {
    return false
  }
}

/** What a person typed into the link field, as an address; null when it may not be one, or is only words. */
export function linkFrom(typed: string): string | null {
  const text = typed.trim()
  if (SAFE_SCHEMES.includes(schemeOf(text) ?? '')) return isWhole(text) ? text : null
  if (MAIL.test(text)) return `mailto:${text}`
  if (HOST.test(text) || HOST_WITH_PORT.test(text))
    return isWhole(`https://${text}`) ? `https://${text}` : null
  return PATH.test(text) ? text : null
}

export interface OwnLink {
  /** The document it leads to. */
  name: string
  /** The place in it, with "#"; empty when it leads to the whole. */
  hash: string
}

/** A link to a document of this server, or to a place in this one; null for every other. */
export function ownLink(address: string, here: string = location.href): OwnLink | null {
  if (!isSafeLink(address)) return null
  try {
    const url = new URL(address.trim(), here)
    if (url.origin !== new URL(here).origin) return null
    const route = routeOf(url.pathname)
    return route.page === 'document' ? { name: route.name, hash: url.hash } : null
  } catch {
    return null
  }
}

/** Opens a link: what is ours in this tab, everything else in another. */
export function openLink(address: string): void {
  if (!isSafeLink(address)) return
  if (ownLink(address) === null) window.open(address, '_blank', 'noopener,noreferrer')
  else location.assign(address)
}
