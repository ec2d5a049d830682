import type { GenerationOptions } from '../options.ts'
import type { Tokenizer } from '../tokenizer.ts'

/** Most tokens of a sequence breaker after its first; llama.cpp's bound. */
const MAX_TAIL = 20

/** Options that name words, with those words as tokens too, which is what strategies understand. */
export function withWordTokens(
  options: GenerationOptions,
  tokenizer: Tokenizer,
): GenerationOptions {
  const { bad_words, force_words, dry_multiplier, dry_sequence_breakers } = options
  const words = bad_words.flatMap((word) => wordSequences(tokenizer, word))
  const breakers = dry_multiplier > 0 ? knownBreakers(tokenizer, dry_sequence_breakers) : []
  const forced = force_words.map((word) => wordSequences(tokenizer, word))
  if (words.length + forced.length + breakers.length === 0) return options
  return {
    ...options,
    bad_words_ids: [...options.bad_words_ids, ...words],
    force_words_ids: [...options.force_words_ids, ...forced],
    dry_sequence_breaker_ids: [...options.dry_sequence_breaker_ids, ...breakers],
  }
}

/**
 * The token sequences of a word at the beginning of a text and after a space, as vLLM's `bad_words` has them: in most
 * vocabularies these are different tokens.
 */
function wordSequences(tokenizer: Tokenizer, word: string): number[][] {
  const bare = word.trimStart() || word
  const plain = tokenizer.encode(bare)
  const spaced = tokenizer.encode(` ${bare}`)
  // Where the space is a token of its own, the plain sequence covers both.
  const isCovered = plain.every((id, i) => spaced[spaced.length - plain.length + i] === id)
  return (isCovered ? [plain] : [plain, spaced]).filter((sequence) => sequence.length > 0)
}

/** What each tokenizer was last asked: most requests have the same breakers, and a vocabulary is long to go through. */
const lastBreakers = new WeakMap<Tokenizer, { key: string; sequences: number[][] }>()

function knownBreakers(tokenizer: Tokenizer, breakers: readonly string[]): number[][] {
  const key = JSON.stringify(breakers)
  let known = lastBreakers.get(tokenizer)
  if (known?.key !== key) {
    known = { key, sequences: breakerSequences(tokenizer, breakers) }
    lastBreakers.set(tokenizer, known)
  }
  return known.sequences
}

/**
 * The ways that tokens can spell a sequence breaker, as llama.cpp finds them: a token that contains it, or one that ends
 * with its beginning and then the tokens of the rest.
 */
function breakerSequences(tokenizer: Tokenizer, breakers: readonly string[]): number[][] {
  const sequences = breakers.map((breaker) => tokenizer.encode(breaker))
  const texts = breakers.map((breaker) => new TextEncoder().encode(breaker))
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    const token = tokenizer.bytes(id)
    let contains = false
    for (const text of texts) {
      for (const overlap of overlaps(token, text)) {
        if (overlap === text.length) contains = true
        else if (beginsCharacter(text[overlap]!)) {
          const rest = new TextDecoder('utf-8', { ignoreBOM: true, fatal: false }).decode(
            text.subarray(overlap),
          )
          sequences.push([id, ...tokenizer.encode(rest).slice(0, MAX_TAIL)])
        }
      }
    }
    if (contains) sequences.push([id])
  }
  return sequences.filter((sequence) => sequence.length > 0)
}

/** How many bytes of the text a token covers: all of them if it is inside, or those that the token ends with. */
function overlaps(token: Uint8Array, text: Uint8Array): number[] {
  const lengths: number[] = []
  for (let at = token.indexOf(text[0]!); at >= 0; at = token.indexOf(text[0]!, at + 1)) {
    const length = Math.min(text.length, token.length - at)
    let same = 1
    while (same < length && token[at + same] === text[same]) same++
    if (same < length) continue
    if (length === text.length) return [length]
    lengths.push(length)
  }
  return lengths
}

const beginsCharacter = (byte: number) => (byte & 0xc0) !== 0x80
