/**
 * SHA-256 in lower-case hex; null where the platform has no `crypto.subtle` (a page that came over plain http from
 * another machine), so that nothing can be checked there.
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** False only if the bytes are known to be others than the hash stands for. */
export async function matchesHash(
  bytes: Uint8Array<ArrayBuffer>,
  expected: string | null,
): Promise<boolean> {
  if (expected === null) return true
  const actual = await sha256(bytes)
  return actual === null || actual === expected
}
