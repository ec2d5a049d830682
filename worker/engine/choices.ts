import {
  type BeamsEvent,
  choices as choicesOf,
  DecodingError,
  type DoneEvent,
  type GenerationOptions,
  type PromptCandidate,
  type TextDelta,
  type TextGenerator,
  type TokenScore,
} from '../../decoder/index.ts'
import type { Lease } from './admission.ts'

/** Prompts, each alone or one of several to be chosen, and how many answers each wants. */
export interface Work {
  prompts: readonly (readonly PromptCandidate[])[]
  n: number
  /** Candidates for each prompt, of which the n best become answers. */
  best_of: number
  options: GenerationOptions
  /** Score the prompts too, and list so many alternatives for each of their tokens; null: don't. */
  promptTop: number | null
  /** Also yield pieces that only show how a beam search stands. */
  includeBeams: boolean
}

/** What one choice gained since its last piece. */
export interface ChoicePiece {
  /** prompt number × n + number of the answer */
  index: number
  deltas: TextDelta[]
  /** Set on a choice's last piece. */
  done: DoneEvent | null
  /** The prompt's tokens, if they are scored. */
  prompt: readonly TokenScore[] | null
  /** How the beam search stands, if that is asked for. */
  beams: LiveBeams | null
  /** Tokens that were generated for candidates which did not become answers. */
  discarded_tokens: number
}

/** A beam search's hypotheses as text. */
export interface LiveBeams {
  live: { text: string; score: number }[]
  finished: { text: string; score: number }[]
}

/**
 * All choices of a request, prompt by prompt.
 *
 * @throws {DecodingError} `memory_exhausted` also in the middle; what was kept of other conversations is then given back,
 *         so that the next attempt finds room
 */
export async function* choices(
  ...request: Parameters<typeof choicesOfRequest>
): AsyncGenerator<ChoicePiece> {
  try {
    yield* choicesOfRequest(...request)
  } catch (error) {
    if (error instanceof DecodingError && error.code === 'memory_exhausted') {
      request[0].clearContexts()
    }
    throw error
  }
}

async function* choicesOfRequest(
  generator: TextGenerator,
  { prompts, n, best_of, options, promptTop, includeBeams }: Work,
  lease: Lease,
  signal: AbortSignal,
): AsyncGenerator<ChoicePiece> {
  for (const [p, candidates] of prompts.entries()) {
    const onPass = () => lease.renew()
    const cacheSalt = options.cache_salt
    const { ids, cachedTokens } = await generator.choose(candidates, { cacheSalt, signal })
    const score =
      promptTop === null
        ? null
        : await generator.score(ids, { top: promptTop, cacheSalt, signal, onPass })
    const prompt = score?.tokens ?? null
    const batches = choicesOf(generator, ids, options, { n, best_of }, signal)
    for await (const { choice, events, discarded_tokens } of batches) {
      lease.renew()
      const deltas = events.filter((event) => event.type === 'text')
      const done = events.find((event) => event.type === 'done') ?? null
      // What choosing and scoring have left in the cache is our affair.
      if (done)
        done.usage.cached_tokens = score ? 0 : Math.min(done.usage.cached_tokens, cachedTokens)
      const search = includeBeams ? events.findLast((event) => event.type === 'beams') : null
      const beams = search ? textsOf(search, generator) : null
      if (deltas.length === 0 && !done && !beams) continue
      yield { index: p * n + choice, deltas, done, prompt, beams, discarded_tokens }
      if (done?.finish_reason === 'abort') return
    }
  }
}

function textsOf({ live, finished }: BeamsEvent, generator: TextGenerator): LiveBeams {
  const texts = (hypotheses: BeamsEvent['live']) =>
    hypotheses.map(({ ids, score }) => ({ text: generator.decode(ids), score }))
  return { live: texts(live), finished: texts(finished) }
}

/** A search's score, where there is one. */
export const scoreOf = ({ score }: DoneEvent) => (score === undefined ? null : { score })

export const textOf = ({ deltas }: ChoicePiece) => deltas.map(({ text }) => text).join('')
export const tokensOf = ({ deltas }: ChoicePiece) => deltas.flatMap(({ tokens }) => tokens)
