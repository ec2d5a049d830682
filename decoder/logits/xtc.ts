import { descending } from '../numerics/descending.ts'
import { log } from '../numerics/exp-log.ts'
import type { Random } from '../numerics/random.ts'
import { logSumExp } from './log-softmax.ts'
import type { Logits } from './logits.ts'

/** Above this at most one token can reach the threshold, and there is nothing to exclude. */
const LARGEST_THRESHOLD = 0.5

/**
 * "Exclude top choices": with the given probability, of the tokens that reach the threshold only the least likely is
 * kept, and with it all below; the others become -Infinity. Makes text less predictable without making it less
 * coherent. Weidmann 2024 (text-generation-webui), as llama.cpp defines it.
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 * @param probability 0…1, how often anything is excluded; 0 never
 * @param threshold   0…1, what counts as a top choice; above 0.5 nothing ever is excluded
 * @param random one draw a call, none where nothing can be excluded
 */
export function xtc(
  logits: Logits,
  { probability, threshold }: { probability: number; threshold: number },
  random: Random,
): void {
  if (probability <= 0 || threshold > LARGEST_THRESHOLD || !hasTwo(logits)) return
  if (random.next() >= probability) return
  const border = logSumExp(logits) + log(threshold)
  let previous = -1
  for (const id of descending(logits)) {
    if (logits[id]! < border) break
    if (previous >= 0) logits[previous] = Number.NEGATIVE_INFINITY
    previous = id
  }
}

function hasTwo(logits: Logits): boolean {
  let found = 0
  for (let id = 0; id < logits.length && found < 2; id++)
    if (logits[id]! > Number.NEGATIVE_INFINITY) found++
  return found === 2
}
