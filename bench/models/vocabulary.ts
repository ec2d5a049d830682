/**
 * A made-up byte-level vocabulary: all of ASCII, an end token, then pairs and triples of its other visible characters
 * with the merges that make them. No letter is part of any, so that a text of letters has a token for each, whatever
 * engine reads it; and whatever tokens come out, they are a valid text, which wllama insists on.
 */
export interface Vocabulary {
  tokens: string[]
  merges: string[]
  endId: number
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const isVisible = (byte: number) => byte >= 33 && byte <= 126

/** GPT-2's spelling of bytes: visible ones as they are, the others from U+0100 on. */
const ASCII = Array.from({ length: 128 }, (_, byte) =>
  String.fromCharCode(isVisible(byte) ? byte : byte === 127 ? 256 + 33 : 256 + byte),
)
const SIGNS = ASCII.filter((token, byte) => isVisible(byte) && !LETTERS.includes(token))
/** Letters last. */
const CHARACTERS = [...ASCII.filter((token) => !LETTERS.includes(token)), ...LETTERS]

/** @param size  at most 75,000 */
export function makeVocabulary(size: number): Vocabulary {
  const tokens = [...CHARACTERS, '<|end|>']
  const merges: string[] = []
  for (let starts = SIGNS; tokens.length < size; ) {
    const made = starts.flatMap((left) => SIGNS.map((right) => [left, right] as const))
    for (const [left, right] of made.slice(0, size - tokens.length)) {
      tokens.push(left + right)
      merges.push(`${left} ${right}`)
    }
    starts = made.map((pair) => pair.join(''))
  }
  return { tokens, merges, endId: CHARACTERS.length }
}

/** The token of the letter with this number, 0…51. */
export function letter(number: number): { id: number; text: string } {
  return { id: CHARACTERS.length - LETTERS.length + number, text: LETTERS[number]! }
}
export const LETTER_COUNT = LETTERS.length
