/**
 * A made-up byte-level vocabulary: all bytes, an end token, then pairs of bytes with the merges that make them. No pair
 * begins with a letter, so that a text of letters has a token for each, whatever engine reads it.
 */
export interface Vocabulary {
  tokens: string[]
  merges: string[]
  endId: number
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const isVisible = (byte: number) =>
  (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174

/** GPT-2's spelling of bytes: visible ones as they are, the others from U+0100 on. */
function byteSpellings(): string[] {
  let hidden = 0
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isVisible(byte) ? byte : 256 + hidden++),
  )
}

/** Bytes as tokens, letters last. */
const BYTES = [...byteSpellings().filter((token) => !LETTERS.includes(token)), ...LETTERS]

/** @param size  at most what pairs that begin with no letter suffice for, 52,000 */
export function makeVocabulary(size: number): Vocabulary {
  const end = '<|end|>'
  const tokens = [...BYTES, end]
  const merges: string[] = []
  for (let pair = 0; tokens.length < size; pair++) {
    const [left, right] = [BYTES[pair >> 8]!, BYTES[pair & 255]!]
    tokens.push(left + right)
    merges.push(`${left} ${right}`)
  }
  return { tokens, merges, endId: BYTES.length }
}

/** The token of the letter with this number, 0…51. */
export function letter(number: number): { id: number; text: string } {
  return { id: BYTES.length - LETTERS.length + number, text: LETTERS[number]! }
}
export const LETTER_COUNT = LETTERS.length
