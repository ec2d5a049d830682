import type { LanguageModel } from '../language-model.ts'
import { argmax } from '../logits/index.ts'
import { prefill } from '../strategies/prefill.ts'
import { scoreTokens } from './score.ts'

/** A text that a causal model made in so many passes. */
export interface FilledText {
  ids: number[]
  /** Mean ln p of its tokens when it is read as a whole. */
  meanLogprob: number
  /** Tokens from the left that agree with greedy decoding. */
  exact: number
}

/**
 * Why a causal model can't write a text in one pass: it fills all places at once out of guesses, and each place is the
 * likeliest token after guesses that change in the same pass. Every further pass makes at least one more token right,
 * from the left, so that `length` passes give what greedy decoding gives; end tokens do not end it.
 *
 * @param prompt  ≥ 1 token
 * @param length  places, ≥ 1; prompt and places fit the context
 * @returns how the text stands after each pass, from the first on; the last one is greedy decoding's
 */
export async function parallelFill(
  model: LanguageModel,
  prompt: readonly number[],
  length: number,
): Promise<FilledText[]> {
  const cache = model.createCache()
  try {
    const first = argmax((await prefill(model, { tokens: prompt, cache }))!)
    const texts: number[][] = []
    let guess = new Array<number>(length).fill(first)
    for (let pass = 0; pass < length; pass++) {
      const [rows] = await model.forward([{ cache, tokens: guess, rows: 'all' }])
      cache.truncate(prompt.length)
      guess = [first, ...rows!.slice(0, -1).map(argmax)]
      texts.push(guess)
    }
    const filled: FilledText[] = []
    for (const ids of texts) {
      const wrong = ids.findIndex((id, i) => id !== guess[i])
      const meanLogprob = await meanOf(model, prompt, ids)
      filled.push({ ids, meanLogprob, exact: wrong < 0 ? length : wrong })
    }
    return filled
  } finally {
    cache.dispose()
  }
}

async function meanOf(
  model: LanguageModel,
  prompt: readonly number[],
  ids: readonly number[],
): Promise<number> {
  const cache = model.createCache()
  try {
    const logprobs: number[] = []
    for await (const scored of scoreTokens(model, cache, [...prompt, ...ids])) {
      logprobs.push(...scored.map(({ logprob }) => logprob ?? 0))
    }
    return logprobs.slice(prompt.length).reduce((sum, logprob) => sum + logprob, 0) / ids.length
  } finally {
    cache.dispose()
  }
}
