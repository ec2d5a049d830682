import type { Logits } from './logits.ts'

/**
 * Rules out the last token of each forbidden sequence where the tokens so far end with the rest of it. Hugging Face
 * `bad_words_ids`. What is forbidden is these very tokens: other tokens may spell the same text.
 *
 * @param logits    [vocabSize] unnormalised log-probabilities, changed in place
 * @param tokens    the tokens so far, prompt included
 * @param sequences of one token id or more each
 */
export function badWords(
  logits: Logits,
  tokens: readonly number[],
  sequences: readonly (readonly number[])[],
): void {
  for (const sequence of sequences) {
    const last = sequence.length - 1
    const begin = tokens.length - last
    if (begin < 0) continue
    let same = 0
    while (same < last && tokens[begin + same] === sequence[same]) same++
    if (same === last) logits[sequence[last]!] = Number.NEGATIVE_INFINITY
  }
}
