import type { DoneEvent, GenerationOptions, TextDelta, TextGenerator } from '../../decoder/index.ts'
import { seedOf } from '../schema/generation-request.ts'
import type { Lease } from './admission.ts'

/** One prompt and how many answers it wants. */
export interface Work {
  prompts: readonly (readonly number[])[]
  n: number
  options: GenerationOptions
}

/** What one choice gained since its last piece. */
export interface ChoicePiece {
  /** prompt number × n + number of the answer */
  index: number
  deltas: TextDelta[]
  /** Set on a choice's last piece. */
  done: DoneEvent | null
}

/**
 * All choices of a request, one after another: those of one prompt share its keys and values, which are then still in
 * the cache, and on one thread nothing would be gained by taking turns.
 */
export async function* choices(
  generator: TextGenerator,
  { prompts, n, options }: Work,
  lease: Lease,
  signal: AbortSignal,
): AsyncGenerator<ChoicePiece> {
  for (const [p, prompt] of prompts.entries()) {
    for (let i = 0; i < n; i++) {
      const seeded = { ...options, seed: seedOf(options.seed, i) }
      for await (const events of generator.generate(prompt, seeded, signal)) {
        lease.renew()
        const deltas = events.filter((event) => event.type === 'text')
        const done = events.find((event) => event.type === 'done') ?? null
        yield { index: p * n + i, deltas, done }
        if (done?.finish_reason === 'abort') return
      }
    }
  }
}

export const textOf = ({ deltas }: ChoicePiece) => deltas.map(({ text }) => text).join('')
export const tokensOf = ({ deltas }: ChoicePiece) => deltas.flatMap(({ tokens }) => tokens)
