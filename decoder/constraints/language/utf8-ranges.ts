import type { Range } from './code-points.ts'

/** A run of code points as UTF-8: one range for each byte. */
type ByteRanges = Range[]

/** Last code points of one, two and three bytes, and what surrounds the surrogates, which have no UTF-8. */
const BORDERS = [0x7f, 0x7ff, 0xd7ff, 0xdfff, 0xffff, 0x10ffff]

/**
 * Code points from `first` to `last` as sequences of byte ranges that together match exactly their UTF-8.
 * Method: Russ Cox, "Regular Expression Matching in the Wild" (2010), step "UTF-8".
 */
export function utf8Ranges(first: number, last: number): ByteRanges[] {
  const found: ByteRanges[] = []
  let from = first
  for (const border of BORDERS) {
    const to = Math.min(last, border)
    if (from > to) continue
    if (border !== 0xdfff) split(from, to, found)
    from = to + 1
  }
  return found
}

/** Both ends have the same number of bytes. */
function split(first: number, last: number, found: ByteRanges[]): void {
  for (let tail = 1; tail < byteLength(first); tail++) {
    const mask = (1 << (6 * tail)) - 1
    if ((first & ~mask) === (last & ~mask)) continue
    // Only whole blocks may have free tail bytes: what sticks out on either side is cut off.
    if ((first & mask) !== 0) {
      split(first, first | mask, found)
      split((first | mask) + 1, last, found)
      return
    }
    if ((last & mask) !== mask) {
      split(first, (last & ~mask) - 1, found)
      split(last & ~mask, last, found)
      return
    }
  }
  const low = encode(first)
  const high = encode(last)
  found.push(low.map((byte, i): Range => [byte, high[i]!]))
}

function byteLength(code: number): number {
  return code <= 0x7f ? 1 : code <= 0x7ff ? 2 : code <= 0xffff ? 3 : 4
}

function encode(code: number): number[] {
  const length = byteLength(code)
  if (length === 1) return [code]
  const lead = [0, 0, 0xc0, 0xe0, 0xf0][length]!
  return Array.from({ length }, (_, i) => {
    const bits = code >> (6 * (length - 1 - i))
    return i === 0 ? lead | bits : 0x80 | (bits & 0x3f)
  })
}
