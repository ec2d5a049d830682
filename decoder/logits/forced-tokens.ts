import type { Logits } from './logits.ts'

/**
 * Leaves only these tokens, all equally likely whatever the model thinks of them, even if they were ruled out before.
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 */
function force(logits: Logits, ids: readonly number[]): void {
  logits.fill(Number.NEGATIVE_INFINITY)
  for (const id of ids) logits[id] = 0
}

/**
 * Forces the token right after the very first one: the language that a translation model is told to begin with, say.
 * Hugging Face `forced_bos_token_id`.
 *
 * @param length tokens so far, prompt included
 */
export function forcedBos(logits: Logits, length: number, id: number): void {
  if (length === 1) force(logits, [id])
}

/**
 * Forces an end token where there is room for one token more: an answer that reaches its limit is closed properly.
 * Hugging Face `forced_eos_token_id`.
 *
 * @param room how many tokens may still be generated
 * @param ids  any of these may be chosen
 */
export function forcedEos(logits: Logits, room: number, ids: readonly number[]): void {
  if (room === 1) force(logits, ids)
}
