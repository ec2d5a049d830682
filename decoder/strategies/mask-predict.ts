import { describeNextToken } from '../analysis/next-token.ts'
import { argmax } from '../logits/index.ts'

/** A model that fills in masked places of a text, all at once and looking both ways, as BERT does. */
export interface MaskedModel {
  readonly vocabSize: number
  /** Stands for a place to be filled; never an answer itself. */
  readonly maskId: number
  /** @returns a row of logits for each token: what belongs in its place. The rows belong to the caller */
  predict(tokens: readonly number[]): Promise<Float32Array[]>
}

/** How a text stands after a pass. */
export interface RefinedText {
  /** All places filled. */
  ids: number[]
  /** ln p of each place's token when it was last filled in. */
  logprobs: number[]
  /** Places that the next pass fills anew; none after the last. */
  masked: number[]
}

/**
 * Non-autoregressive generation: every place is filled at once, then for the rest of `passes` passes the least certain
 * are masked again and filled anew, knowing the others: length × (passes - t) / passes of them after pass t. Ghazvininejad
 * et al. 2019, "Mask-Predict: Parallel Decoding of Conditional Masked Language Models".
 *
 * @param prompt  comes before the places and stays as it is
 * @param length  places, ≥ 1
 * @param passes  ≥ 1
 * @yields after each pass how the places stand
 */
export async function* maskPredict(
  model: MaskedModel,
  prompt: readonly number[],
  length: number,
  passes: number,
): AsyncGenerator<RefinedText> {
  const { maskId } = model
  if (!(length >= 1 && passes >= 1))
    throw new RangeError('There must be a place and a pass at least')
  const ids = new Array<number>(length).fill(maskId)
  const logprobs = new Array<number>(length).fill(0)
  let masked = ids.map((_, place) => place)
  for (let pass = 1; pass <= passes; pass++) {
    const rows = await model.predict([...prompt, ...ids])
    for (const place of masked) {
      const row = rows[prompt.length + place]!
      row[maskId] = Number.NEGATIVE_INFINITY
      ids[place] = argmax(row)
      logprobs[place] = row[ids[place]!]! - describeNextToken(row).normaliser
    }
    const count = Math.floor((length * (passes - pass)) / passes)
    masked = ids
      .map((_, place) => place)
      .sort((a, b) => logprobs[a]! - logprobs[b]! || a - b)
      .slice(0, count)
    yield { ids: [...ids], logprobs: [...logprobs], masked: [...masked] }
    for (const place of masked) ids[place] = maskId
  }
}
