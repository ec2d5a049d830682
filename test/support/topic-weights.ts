import type { LookupWeights, Side } from '../../decoder/lookup/index.ts'

/** Tokens of the byte tokenizer share a dimension by their remainder. */
const SPELLING = 7

/**
 * Each word has a dimension of its own and counts once, so that a test knows what is near to what; a question leans on
 * what was said before it by half.
 */
export function topicWeights(words: readonly string[], nothing = 0.5): LookupWeights {
  const width = words.length + SPELLING
  const map = new Float32Array(width * width)
  for (let i = 0; i < width; i++) map[i * width + i] = 1
  const side: Side = { gate: new Float32Array(width), bias: 0, map }
  const lean = { gate: new Float32Array(width), bias: 0 }
  return {
    ...{ width, words, nothing, declines: 'no' },
    ...{ unit: side, question: side, asked: side, answered: side },
    ...{ leanOnAsked: lean, leanOnAnswered: lean },
    vector(row) {
      const vector = new Float32Array(width)
      const token = row - words.length
      vector[token < 0 ? row : words.length + (token % SPELLING)] = 1
      return vector
    },
  }
}
