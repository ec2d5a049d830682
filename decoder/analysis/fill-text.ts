import { checkPlaces, checkText } from '../check-request.ts'
import { refuseEncoderDecoder } from '../encoder-decoder.ts'
import type { SharedModel } from '../shared-model.ts'
import { type FilledText, parallelFill } from './parallel-fill.ts'

/**
 * Fills all places after a prompt at once, among all other texts that the model is at work on.
 *
 * @param length  places, ≥ 1
 * @throws {DecodingError} if prompt and places do not fit the context or the vocabulary, the model gives no probabilities
 *         of a prompt, or it is overloaded
 */
export async function fillText(
  { model, scheduler }: SharedModel,
  prompt: readonly number[],
  length: number,
  signal?: AbortSignal,
): Promise<FilledText[]> {
  refuseEncoderDecoder(model, 'prompt')
  checkText(model, prompt)
  checkPlaces(model, prompt, length)
  const seat = scheduler.enter()
  try {
    return await parallelFill(seat, prompt, length, signal)
  } finally {
    await seat.dispose()
  }
}
