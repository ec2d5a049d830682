const SCHEMES = new Set(['http:', 'https:', 'mailto:'])

/**
 * The address as a link may carry it, or null if it may not: only http, https and mailto, judged by the URL parser that
 * will follow it, so that mixed case, control characters and white space inside the scheme hide nothing.
 */
export function safeHref(address: string): string | null {
  try {
    const url = new URL(address)
    return SCHEMES.has(url.protocol) ? url.href : null
  } catch {
    return null
  }
}
