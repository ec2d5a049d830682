import type { Logits } from './logits.ts'

/**
 * Rules out each token that would complete a run of `size` tokens which has occurred before, in the prompt or since.
 * Paulus et al. 2017, "A Deep Reinforced Model for Abstractive Summarization"; Hugging Face `no_repeat_ngram_size`.
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 * @param tokens the tokens so far, prompt included
 * @param size   ≥ 1, the length of a run; 1 allows each token once
 * @throws {RangeError} if the size is not a whole number ≥ 1
 */
export function noRepeatNgram(logits: Logits, tokens: readonly number[], size: number): void {
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`no_repeat_ngram_size must be a whole number from 1, not ${size}`)
  const begin = tokens.length - (size - 1)
  for (let end = size - 1; end < tokens.length; end++) {
    let same = 0
    while (same < size - 1 && tokens[end - (size - 1) + same] === tokens[begin + same]) same++
    if (same === size - 1) logits[tokens[end]!] = Number.NEGATIVE_INFINITY
  }
}
