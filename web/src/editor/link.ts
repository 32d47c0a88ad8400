// Which addresses a link may have: http, https, mailto, and relative ones. Everything else is
// refused, whoever wrote it: a `javascript:` link from another client is shown without an address.

const SAFE_SCHEMES = ['http:', 'https:', 'mailto:']
const SCHEME = /^[a-z][a-z0-9+.-]*:/i
const HOST = /^[^\s/?#@:]+\.[a-z]{2,}(?::\d+)?(?:[/?#]|$)/i
const LOCAL_HOST = /^localhost(?::\d+)?(?:[/?#]|$)/i
const HOST_WITH_PORT = /^[^\s/?#@:]+:\d+(?:[/?#]|$)/
const MAIL = /^[^\s@/:]+@[^\s@/]+\.[a-z]{2,}$/i

/** Browsers ignore control characters and spaces in a scheme, so they are taken out first. */
const bare = (address: string): string => address.replace(/[\p{Cc}\p{Cf}\s]/gu, '')

export function isSafeLink(address: string): boolean {
  const plain = bare(address)
  if (plain === '') return false
  const scheme = SCHEME.exec(plain)?.[0].toLowerCase()
  return scheme === undefined || SAFE_SCHEMES.includes(scheme)
}

/** What a person typed into the link field, as an address; null when it may not be one. */
export function linkFrom(typed: string): string | null {
  const text = typed.trim()
  if (text === '') return null
  if (MAIL.test(text)) return `mailto:${text}`
  if (HOST.test(text) || LOCAL_HOST.test(text) || HOST_WITH_PORT.test(text)) return `https://${text}`
  return isSafeLink(text) ? text : null
}
