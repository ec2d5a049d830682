import type { Logits } from './logits.ts'
import { argmax } from './select.ts'

/**
 * Divides the logits by the temperature: below 1 the distribution sharpens, above 1 it flattens.
 *
 * @param logits      [vocabSize] unnormalised log-probabilities, changed in place
 * @param temperature > 0; 1 leaves the logits as they are. Greedy decoding (0) does not sample and needs no temperature
 * @throws {RangeError} if temperature is not above 0
 */
export function temperature(logits: Logits, temperature: number): void {
  if (!(temperature > 0)) throw new RangeError(`temperature must be above 0, not ${temperature}`)
  if (temperature === 1) return
  const best = logits[argmax(logits)]!
  if (best === Number.NEGATIVE_INFINITY) return
  // Near 0 the quotients can be beyond single precision; what is taken off all of them makes no difference.
  const shift = Number.isFinite(Math.fround(best / temperature)) ? 0 : best
  for (let id = 0; id < logits.length; id++) logits[id] = (logits[id]! - shift) / temperature
}
