import { commonPrefix } from '../common-prefix.ts'
import type { LanguageModel } from '../language-model.ts'
import { argmax } from '../logits/index.ts'
import { pause } from '../pause.ts'
import { prefill } from '../strategies/prefill.ts'
import { describeNextToken } from './next-token.ts'

/** How a text stands after so many passes of a causal model. */
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
 * from the left, so that `length` passes at most give what greedy decoding gives; end tokens do not end it.
 *
 * @param prompt  ≥ 1 token
 * @param length  places, ≥ 1; prompt and places fit the context
 * @param signal  once aborted, the passes so far are all there are
 * @returns how the text stands after each pass until it stays as it is; the last one is greedy decoding's. Empty if the
 *          signal came before the prompt was read
 */
export async function parallelFill(
  model: LanguageModel,
  prompt: readonly number[],
  length: number,
  signal?: AbortSignal,
): Promise<FilledText[]> {
  const cache = model.createCache()
  try {
    const begin = await prefill(model, { tokens: prompt, cache }, signal)
    if (!begin) return []
    const texts: Omit<FilledText, 'exact'>[] = []
    let guess = new Array<number>(length).fill(argmax(begin))
    for (let pass = 0; pass <= length; pass++) {
      const [after] = await model.forward([{ cache, tokens: guess, rows: 'all' }])
      cache.truncate(prompt.length)
      const rows = [begin, ...after!.slice(0, -1)]
      // A pass that reads a text to improve it also tells how likely that text is.
      if (texts.length > 0) texts.at(-1)!.meanLogprob = meanLogprob(guess, rows)
      const ids = rows.map(argmax)
      const isSettled = texts.length > 0 && commonPrefix(ids, guess) === length
      if (isSettled || signal?.aborted) break
      texts.push({ ids, meanLogprob: Number.NaN })
      guess = ids
      await pause()
    }
    return texts.map((text) => ({ ...text, exact: commonPrefix(text.ids, guess) }))
  } finally {
    cache.dispose()
  }
}

function meanLogprob(ids: readonly number[], rows: readonly Float32Array[]): number {
  const sum = ids.reduce((sum, id, i) => {
    const row = rows[i]!
    return sum + row[id]! - describeNextToken(row).normaliser
  }, 0)
  return sum / ids.length
}
