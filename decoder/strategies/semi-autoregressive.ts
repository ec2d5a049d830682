import { describeNextToken, topTokens } from '../analysis/next-token.ts'
import { commonPrefix } from '../common-prefix.ts'
import type { DoneEvent, DraftEvent, GenerationEvent, Speculation, TokenEvent } from '../events.ts'
import type { LanguageModel } from '../language-model.ts'
import { argmax, logitsProcessors, TokenSampler } from '../logits/index.ts'
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
 * @yields for each chunk a `draft` event for each pass over it, and its `token` events, an end token included; then `done`
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
  const speculation: Speculation = { proposed: 0, accepted: 0, passes: 0 }

  const done = (finish: Omit<DoneEvent, 'type' | 'usage'>): DoneEvent => ({
    type: 'done',
    ...finish,
    usage: {
      ...{ prompt_tokens, cached_tokens, speculation },
      completion_tokens: tokens.length - prompt_tokens,
    },
  })
  const choose = (row: Float32Array, before: readonly number[], counts: boolean): number => {
    const scores = row.slice()
    stop.ban(scores, before.length)
    for (const process of processors) process(scores, before)
    // After a wrong guess there may be nothing left to choose from, and it does not matter.
    if (!counts && scores[argmax(scores)] === Number.NEGATIVE_INFINITY) return argmax(row)
    return sampler.pick(scores, before)
  }
  /** What a pass puts in each place, up to the end of the text if that is certain. */
  const fill = (rows: readonly Float32Array[], guess: readonly number[], isLast: boolean) => {
    const chunk: number[] = []
    let isCertain = true
    for (const [i, row] of rows.entries()) {
      // The first token follows from what is certain; each of the others from the guesses before it.
      const before = [...tokens, ...guess.slice(0, i)]
      chunk.push(choose(row, before, isCertain || isLast))
      if (isCertain && stop.after([...before, chunk[i]!])) break
      isCertain &&= chunk[i] === guess[i]
    }
    return chunk
  }
  const describe = (id: number, row: Float32Array): TokenEvent => {
    const { normaliser, entropy } = describeNextToken(row)
    const top = topTokens(row, normaliser, options.top_logprobs)
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
    let chunk: number[] = []
    let rows: Float32Array[] = []
    const passes: DraftEvent[] = []
    for (let pass = 1; ; pass++) {
      cache.truncate(start)
      if (signal?.aborted) return yield done({ finish_reason: 'abort', stop_reason: null })
      let read: Float32Array[] = []
      if (pending.length + guess.length > 0) {
        const step = { cache, tokens: [...pending, ...guess], rows: 'all' as const }
        read = (await model.forward([step]))[0]!
        passes.push({ type: 'draft', proposed: guess.length, accepted: 0 })
      }
      if (pending.length > 0) next = read[pending.length - 1]!
      rows = [next, ...read.slice(pending.length)]
      start += pending.length
      pending = []
      const isLast = pass === settings.passes
      chunk = fill(rows, guess, isLast)
      if (isLast || chunk.slice(0, -1).every((id, i) => id === guess[i])) break
      guess = chunk.slice(0, -1)
    }
    const accepted = commonPrefix(guess, chunk)
    const last = passes.at(-1)
    if (last) last.accepted = accepted
    // Keys and values of guesses that did not last are wrong.
    cache.truncate(start + accepted)
    pending = chunk.slice(accepted)
    let told = 0
    try {
      for (const event of passes) {
        speculation.proposed += event.proposed
        speculation.accepted += event.accepted
        speculation.passes++
        yield event
      }
      for (const [i, id] of chunk.entries()) {
        tokens.push(id)
        told++
        const finish = stop.after(tokens)
        yield describe(id, rows[i]!)
        if (finish) return yield done(finish)
      }
    } finally {
      // As in plain decoding, the last token of all is not in the cache.
      if (cache.length > start + told - 1) cache.truncate(start + told - 1)
    }
  }
  yield done({ finish_reason: 'abort', stop_reason: null })
}
