import type { TextEvent } from './events.ts'
import type { GenerationOptions } from './options.ts'
import { usesBeams } from './strategies/index.ts'
import type { TextGenerator } from './text-generator.ts'
import { together } from './together.ts'

/** What one answer gained. */
export interface ChoiceBatch {
  /** Number of the answer, from 0. */
  choice: number
  /** Empty while candidates are made of which nobody knows yet whether they will be answers. */
  events: TextEvent[]
  /** With a choice's `done`: tokens that were generated on the way and are part of no answer. */
  discarded_tokens: number
}

/** Answers to one prompt that are made side by side, in shared passes; more would take more memory. */
const SIDE_BY_SIDE = 4

/**
 * Several answers to one prompt. The prompt is read once, and each answer goes on from a fork of its keys and values, with
 * a seed of its own.
 *
 * @param n       answers
 * @param best_of candidates, at least n, of which those with the highest mean log-probability a token become answers,
 *                the best first; they are complete before the first is yielded
 */
export async function* choices(
  generator: TextGenerator,
  prompt: readonly number[],
  options: GenerationOptions,
  { n, best_of }: { n: number; best_of: number },
  signal?: AbortSignal,
): AsyncGenerator<ChoiceBatch> {
  if (usesBeams(options)) return yield* beams(generator, prompt, options, signal)
  const isShared = best_of > 1 && options.max_tokens !== 0
  const read = isShared ? await generator.read(prompt, options, signal) : null
  async function* answer(choice: number): AsyncGenerator<ChoiceBatch> {
    const seeded = { ...options, seed: seedOf(options.seed, choice) }
    for await (const events of generator.generate(read ?? prompt, seeded, signal))
      yield { choice, events, discarded_tokens: 0 }
  }
  const answers = together(
    Array.from({ length: best_of }, (_, choice) => answer(choice)),
    SIDE_BY_SIDE,
  )
  try {
    if (best_of > n) return yield* bestOf(n, answers)
    for await (const batch of answers) {
      yield batch
      if (wasAborted(batch.events)) return
    }
  } finally {
    read?.cache.dispose()
  }
}

/** One search makes all answers: each ends with its `done`, and the next begins. */
async function* beams(
  generator: TextGenerator,
  prompt: readonly number[],
  options: GenerationOptions,
  signal?: AbortSignal,
): AsyncGenerator<ChoiceBatch> {
  let choice = 0
  for await (const batch of generator.generate(prompt, options, signal)) {
    let events: TextEvent[] = []
    for (const event of batch) {
      events.push(event)
      if (event.type !== 'done') continue
      yield { choice: choice++, events, discarded_tokens: 0 }
      events = []
    }
    if (events.length > 0) yield { choice, events, discarded_tokens: 0 }
  }
}

async function* bestOf(
  n: number,
  candidates: AsyncIterable<ChoiceBatch>,
): AsyncGenerator<ChoiceBatch> {
  const found: TextEvent[][] = []
  for await (const { choice, events } of candidates) {
    ;(found[choice] ??= []).push(...events)
    yield { choice: 0, events: [], discarded_tokens: 0 }
    if (wasAborted(events)) break
  }
  const ranked = found
    .filter((events) => events !== undefined)
    .map((events) => ({ events, score: meanLogprob(events) }))
    .sort((a, b) => b.score - a.score)
  const rest = ranked.slice(n).reduce((sum, { events }) => sum + tokensOf(events).length, 0)
  for (const [choice, { events }] of ranked.slice(0, n).entries()) {
    yield { choice, events, discarded_tokens: choice === 0 ? rest : 0 }
  }
}

const tokensOf = (events: readonly TextEvent[]) =>
  events.flatMap((event) => (event.type === 'text' ? event.tokens : []))

/** Of the model itself, before processors; 0 for no tokens. */
function meanLogprob(events: readonly TextEvent[]): number {
  const tokens = tokensOf(events)
  return tokens.reduce((sum, { logprob }) => sum + logprob, 0) / Math.max(1, tokens.length)
}

const wasAborted = (events: readonly TextEvent[]) =>
  events.some((event) => event.type === 'done' && event.finish_reason === 'abort')

/**
 * The seed of the i-th choice. Each choice needs one of its own, or all would be copies; one more each time, so that
 * the first is what the seed gives alone.
 */
function seedOf(seed: number | null | undefined, i: number): number | null | undefined {
  if (typeof seed !== 'number') return seed
  const left = Number.MAX_SAFE_INTEGER - seed
  return i <= left ? seed + i : Number.MIN_SAFE_INTEGER + (i - left - 1)
}
