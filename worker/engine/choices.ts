import {
  choices as choicesOf,
  type DoneEvent,
  type GenerationOptions,
  type TextDelta,
  type TextGenerator,
} from '../../decoder/index.ts'
import type { Lease } from './admission.ts'

/** Prompts, and how many answers each wants. */
export interface Work {
  prompts: readonly (readonly number[])[]
  n: number
  /** Candidates for each prompt, of which the n best become answers. */
  best_of: number
  options: GenerationOptions
}

/** What one choice gained since its last piece. */
export interface ChoicePiece {
  /** prompt number × n + number of the answer */
  index: number
  deltas: TextDelta[]
  /** Set on a choice's last piece. */
  done: DoneEvent | null
  /** Tokens that were generated for candidates which did not become answers. */
  discarded_tokens: number
}

/** All choices of a request, prompt by prompt. */
export async function* choices(
  generator: TextGenerator,
  { prompts, n, best_of, options }: Work,
  lease: Lease,
  signal: AbortSignal,
): AsyncGenerator<ChoicePiece> {
  for (const [p, prompt] of prompts.entries()) {
    const batches = choicesOf(generator, prompt, options, { n, best_of }, signal)
    for await (const { choice, events, discarded_tokens } of batches) {
      lease.renew()
      const deltas = events.filter((event) => event.type === 'text')
      const done = events.find((event) => event.type === 'done') ?? null
      if (deltas.length === 0 && !done) continue
      yield { index: p * n + choice, deltas, done, discarded_tokens }
      if (done?.finish_reason === 'abort') return
    }
  }
}

export const textOf = ({ deltas }: ChoicePiece) => deltas.map(({ text }) => text).join('')
export const tokensOf = ({ deltas }: ChoicePiece) => deltas.flatMap(({ tokens }) => tokens)
