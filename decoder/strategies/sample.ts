import { describeNextToken, topTokens } from '../analysis/next-token.ts'
import type { DoneEvent, GenerationEvent } from '../events.ts'
import type { LanguageModel } from '../language-model.ts'
import { logitsProcessors, TokenSampler } from '../logits/index.ts'
import { Random, randomSeed } from '../numerics/random.ts'
import type { GenerationOptions } from '../options.ts'
import { tokenStop } from '../stopping/token-stop.ts'
import { cachedTokens, type Prompt, prefill } from './prefill.ts'

/**
 * Greedy decoding (temperature 0) and ancestral sampling: p(x) = Π p(xₜ | x₍<t₎), one factor drawn at a time.
 *
 * @param prompt  at least one token
 * @yields a `token` event for each token, an end token included, then `done`
 */
export async function* sample(
  model: LanguageModel,
  prompt: Prompt,
  options: GenerationOptions,
  signal?: AbortSignal,
): AsyncGenerator<GenerationEvent> {
  const cached_tokens = cachedTokens(prompt)
  const prompt_tokens = prompt.tokens.length
  const stop = tokenStop(model.config, options, prompt_tokens)
  const processors = logitsProcessors(options, {
    config: model.config,
    promptLength: prompt_tokens,
    limit: stop.limit,
  })
  const sampler = new TokenSampler(options, new Random(options.seed ?? randomSeed()))
  const tokens = [...prompt.tokens]

  const done = (finish: Omit<DoneEvent, 'type' | 'usage'>): DoneEvent => ({
    type: 'done',
    ...finish,
    usage: { prompt_tokens, cached_tokens, completion_tokens: tokens.length - prompt_tokens },
  })

  if (stop.limit === 0) return yield done({ finish_reason: 'length', stop_reason: null })
  let logits = await prefill(model, prompt, signal)
  while (logits) {
    const { normaliser, entropy } = describeNextToken(logits)
    const top = topTokens(logits, normaliser, options.top_logprobs)
    // What is reported is the model's own opinion, so the processors work on a copy.
    const scores = logits.slice()
    stop.ban(scores, tokens.length)
    for (const process of processors) process(scores, tokens)
    const id = sampler.pick(scores, tokens)
    tokens.push(id)
    yield { type: 'token', id, logprob: logits[id]! - normaliser, entropy, top }

    const finish = stop.after(tokens)
    if (finish) return yield done(finish)
    if (signal?.aborted) break
    logits = (await model.forward([{ cache: prompt.cache, tokens: [id] }]))[0]![0]!
  }
  yield done({ finish_reason: 'abort', stop_reason: null })
}
