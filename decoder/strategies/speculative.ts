import { describeNextToken, topTokens } from '../analysis/next-token.ts'
import type { DoneEvent, GenerationEvent, Speculation, TokenEvent } from '../events.ts'
import type { LanguageModel } from '../language-model.ts'
import { type Logits, logitsProcessors, TokenSampler } from '../logits/index.ts'
import { Random, randomSeed } from '../numerics/random.ts'
import type { GenerationOptions } from '../options.ts'
import { tokenStop } from '../stopping/token-stop.ts'
import { type Acceptance, exact, follow, threshold } from './acceptance.ts'
import { DraftLength } from './draft-length.ts'
import { type Draft, NO_DRAFT, type VerifiedPass } from './drafters/drafter.ts'
import { drafterFor } from './drafters/index.ts'
import { cachedTokens, type Prompt, prefill } from './prefill.ts'
import { bestPath } from './tree-path.ts'

/**
 * Speculative decoding: a drafter guesses what comes next, and one forward pass of the target verifies all guesses at
 * once, so that a pass makes one token and as many more as were guessed right. It pays where a pass of several tokens
 * costs hardly more than one of a single token, which is where memory bandwidth is the limit, and where much is right.
 *
 * With `acceptance: "exact"` nothing about the answer changes: greedy decoding gives the same tokens, and a draw has the
 * same distribution, see `acceptance.ts`; `threshold` and `search` are lossy.
 *
 * @param draftModel  for `draft_model` and `tree`
 * @yields for each pass a `draft` event and its `token` events; then `done`
 */
export async function* speculative(
  model: LanguageModel,
  prompt: Prompt,
  options: GenerationOptions,
  signal?: AbortSignal,
  draftModel: LanguageModel | null = null,
): AsyncGenerator<GenerationEvent> {
  const settings = options.speculative
  if (!settings) throw new TypeError('No speculation was asked for')
  const { config } = model
  const { cache } = prompt
  const cached_tokens = cachedTokens(prompt)
  const promptLength = prompt.tokens.length
  const stop = tokenStop(config, options, promptLength)
  const processors = logitsProcessors(options, { config, promptLength, limit: stop.limit })
  const random = new Random(options.seed ?? randomSeed())
  const sampler = new TokenSampler(options, random)
  const tokens = [...prompt.tokens]
  const speculation: Speculation = { proposed: 0, accepted: 0, passes: 0 }

  const process = (scores: Logits, before: readonly number[]) => {
    stop.ban(scores, before.length)
    for (const processor of processors) processor(scores, before)
  }
  const done = (finish: Omit<DoneEvent, 'type' | 'usage'>): DoneEvent => {
    const completion_tokens = tokens.length - promptLength
    const usage = { prompt_tokens: promptLength, cached_tokens, completion_tokens, speculation }
    return { type: 'done', ...finish, usage }
  }

  if (stop.limit === 0) return yield done({ finish_reason: 'length', stop_reason: null })
  const first = await prefill(model, prompt, signal)
  if (!first) return yield done({ finish_reason: 'abort', stop_reason: null })

  const acceptRule = (draft: Draft, rows: readonly Float32Array[]): Acceptance => {
    if (settings.acceptance === 'threshold') return threshold(settings.threshold!, sampler)
    if (settings.acceptance === 'exact') return exact(sampler, random)
    return follow(bestPath(draft, rows, tokens, process), sampler)
  }

  /** Walks down a verified draft. Its tokens are appended to `tokens`. */
  const verify = (draft: Draft, rows: readonly Float32Array[]) => {
    const accept = acceptRule(draft, rows)
    const events: TokenEvent[] = []
    const accepted: number[] = []
    for (let at = -1; ; ) {
      const row = rows[at + 1]!
      const { normaliser, entropy } = describeNextToken(row)
      const top = topTokens(row, normaliser, options.top_logprobs)
      const scores = row.slice()
      process(scores, tokens)
      const { id, node } = accept(scores, tokens, childrenOf(draft, at), draft)
      tokens.push(id)
      events.push({ type: 'token', id, logprob: row[id]! - normaliser, entropy, top })
      if (node >= 0) accepted.push(node)
      const finish = stop.after(tokens)
      if (finish || node < 0) return { events, accepted, finish }
      at = node
    }
  }

  const drafter = drafterFor(settings, model, draftModel, {
    greedy: sampler.greedy,
    random,
    endIds: stop.endIds,
    process,
    warp: (scores, before) => sampler.warp(scores, before),
    signal,
  })
  const length = new DraftLength(settings.num_tokens)
  try {
    const begin = verify(NO_DRAFT, [first])
    yield* begin.events
    let { finish } = begin
    while (!finish) {
      if (signal?.aborted) return yield done({ finish_reason: 'abort', stop_reason: null })
      // A pass makes one token more than it accepts, and none may be over the limit.
      const room = stop.limit - (tokens.length - promptLength) - 1
      const depth = Math.min(length.tokens, room)
      const proposal = depth > 0 ? await drafter.draft(tokens, depth, cache) : NO_DRAFT
      const draft = fitting(proposal, config.contextLength - cache.length - 1)
      const start = cache.length
      const [rows] = await model.forward([
        {
          cache,
          tokens: [tokens.at(-1)!, ...draft.tokens],
          parents: [-1, ...draft.parents.map((parent) => parent + 1)],
          rows: 'all',
        },
      ])
      const verified = verify(draft, rows!)
      const { events, accepted } = verified
      ;({ finish } = verified)
      // As without speculation, the last token of all is not in the cache.
      const kept = accepted.slice(0, events.length - 1)
      cache.keep([0, ...kept.map((node) => node + 1)])
      const pass: VerifiedPass = { draft, rows: rows!, accepted }
      drafter.learn?.(pass)
      // A window of guesses settles from the left: it needs its length, whatever is right already.
      if (settings.method !== 'lookahead') length.learn(depthOf(draft), accepted.length)
      speculation.proposed += draft.tokens.length
      speculation.accepted += accepted.length
      speculation.passes++
      let told = 0
      try {
        yield { type: 'draft', proposed: draft.tokens.length, accepted: accepted.length }
        for (const event of events) {
          told++
          yield event
        }
      } finally {
        // Who stops listening has not heard of the rest, so that is taken back.
        if (told < events.length) cache.truncate(start + told)
      }
    }
    yield done(finish)
  } finally {
    drafter.dispose()
  }
}

function childrenOf({ parents }: Draft, node: number): number[] {
  return parents.flatMap((parent, index) => (parent === node ? [index] : []))
}

/** The first tokens of a draft; parents come before their children, so any beginning is a tree. */
function fitting(draft: Draft, most: number): Draft {
  if (draft.tokens.length <= most) return draft
  return { ...draft, tokens: draft.tokens.slice(0, most), parents: draft.parents.slice(0, most) }
}

function depthOf({ parents }: Draft): number {
  const depths: number[] = []
  for (const parent of parents) depths.push(parent < 0 ? 1 : depths[parent]! + 1)
  return Math.max(0, ...depths)
}
