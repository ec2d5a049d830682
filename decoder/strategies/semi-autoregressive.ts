import { describeNextToken, topTokens } from '../analysis/next-token.ts'
import type { DoneEvent, GenerationEvent, TokenEvent } from '../events.ts'
import type { LanguageModel } from '../language-model.ts'
import { logitsProcessors, TokenSampler } from '../logits/index.ts'
import { Random } from '../numerics/random.ts'
import type { GenerationOptions } from '../options.ts'
import { tokenStop } from '../stopping/token-stop.ts'
import { cachedTokens, type Prompt, prefill } from './prefill.ts'

/**
 * Semi-autoregressive greedy decoding: the text grows by chunks, and all tokens of a chunk come out of the same pass
 * (Wang et al. 2018, "Semi-Autoregressive Neural Machine Translation"). A pass reads a guess of the chunk and puts the
 * likeliest token in every place; the first guess is the last token, repeated. Passes over one chunk are Jacobi
 * iteration (Santilli et al. 2023): with each, at least one more token from the left is what greedy decoding gives, so as
 * many passes as tokens always suffice, and a guess that a pass confirms is exact. With fewer (`passes`) it is lossy:
 * later tokens were chosen after guesses that did not last, and the probabilities reported are those.
 *
 * @yields a `token` event for each token, an end token included, then `done`
 */
export async function* semiAutoregressive(
  model: LanguageModel,
  prompt: Prompt,
  options: GenerationOptions,
  signal?: AbortSignal,
): AsyncGenerator<GenerationEvent> {
  const settings = options.semi_autoregressive
  if (!settings) throw new TypeError('No chunks were asked for')
  const { config } = model
  const { cache } = prompt
  const cached_tokens = cachedTokens(prompt)
  const prompt_tokens = prompt.tokens.length
  const stop = tokenStop(config, options, prompt_tokens)
  const context = { config, promptLength: prompt_tokens, limit: stop.limit }
  const processors = logitsProcessors(options, context)
  const sampler = new TokenSampler({ ...options, temperature: 0 }, new Random(0))
  const tokens = [...prompt.tokens]

  const done = (finish: Omit<DoneEvent, 'type' | 'usage'>): DoneEvent => ({
    type: 'done',
    ...finish,
    usage: { prompt_tokens, cached_tokens, completion_tokens: tokens.length - prompt_tokens },
  })
  const choose = (row: Float32Array, before: readonly number[]): TokenEvent => {
    const { normaliser, entropy } = describeNextToken(row)
    const top = topTokens(row, normaliser, options.top_logprobs)
    const scores = row.slice()
    stop.ban(scores, before.length)
    for (const process of processors) process(scores, before)
    const id = sampler.pick(scores, before)
    return { type: 'token', id, logprob: row[id]! - normaliser, entropy, top }
  }

  if (stop.limit === 0) return yield done({ finish_reason: 'length', stop_reason: null })
  let next = await prefill(model, prompt, signal)
  /** Tokens that the cache lacks. */
  let pending: number[] = []
  while (next) {
    const size = Math.min(settings.chunk_size, stop.limit - (tokens.length - prompt_tokens))
    let guess = new Array<number>(size - 1).fill(tokens.at(-1)!)
    let start = cache.length
    let chunk: TokenEvent[] = []
    for (let pass = 1; ; pass++) {
      if (signal?.aborted) return yield done({ finish_reason: 'abort', stop_reason: null })
      cache.truncate(start)
      let rows: Float32Array[] = []
      if (pending.length + guess.length > 0) {
        const step = { cache, tokens: [...pending, ...guess], rows: 'all' as const }
        rows = (await model.forward([step]))[0]!
      }
      if (pending.length > 0) next = rows[pending.length - 1]!
      rows = rows.slice(pending.length)
      start += pending.length
      pending = []
      // The first token follows from what is certain; each of the others from the guesses before it.
      chunk = [next, ...rows].map((row, i) => choose(row, [...tokens, ...guess.slice(0, i)]))
      const isStable = guess.every((id, i) => id === chunk[i]!.id)
      if (isStable || pass === settings.passes) break
      guess = chunk.slice(0, -1).map(({ id }) => id)
    }
    const ids = chunk.map(({ id }) => id)
    // Keys and values of guesses that did not last are wrong.
    const lasted = guess.findIndex((id, i) => id !== ids[i])
    if (lasted >= 0) cache.truncate(start + lasted)
    pending = ids.slice(cache.length - start)
    let told = 0
    try {
      for (const event of chunk) {
        tokens.push(event.id)
        told++
        const finish = stop.after(event.id, tokens.length)
        yield event
        if (finish) return yield done(finish)
      }
    } finally {
      // As in plain decoding, the last token of all is not in the cache.
      if (cache.length > start + told - 1) cache.truncate(start + told - 1)
    }
  }
  yield done({ finish_reason: 'abort', stop_reason: null })
}
