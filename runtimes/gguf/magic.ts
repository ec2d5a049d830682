import type { ByteReader } from './byte-reader.ts'
import { unusable } from './unusable.ts'

/** What is found in place of a GGUF file, by its first four bytes. */
const OTHERS: Record<string, string> = {
  vers: 'it is a Git LFS pointer; the file itself was not fetched',
  lmgg: 'it is in a format older than GGUF (ggml)',
  fmgg: 'it is in a format older than GGUF (ggmf)',
  tjgg: 'it is in a format older than GGUF (ggjt)',
  FUGG: 'it is big-endian; only little-endian files can be loaded',
}

/**
 * Reads what every GGUF file begins with.
 *
 * @returns the version of the format, 2 or 3; they differ in nothing but byte order, which 3 leaves open
 */
export function checkMagic(reader: ByteReader): number {
  const start = reader.take(4, 'the beginning')
  const magic = reader.at(start, (view, at) =>
    String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset))),
  )
  if (magic.trimStart().startsWith('<')) throw unusable('it is a web page')
  if (magic !== 'GGUF') {
    throw unusable(
      (Object.hasOwn(OTHERS, magic) && OTHERS[magic]) || 'it does not begin with "GGUF"',
    )
  }
  const version = reader.u32('the version')
  if (version === 2 || version === 3) return version
  // Small numbers have their only bits in the low half, so these two bytes tell the order.
  if (version !== 0 && (version & 0xffff) === 0) throw unusable(OTHERS.FUGG!)
  throw unusable(`it has version ${version} of the format; versions 2 and 3 can be loaded`)
}
