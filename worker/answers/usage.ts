import type { Speculation } from '../../decoder/index.ts'
import type { ChoicePiece } from '../engine/choices.ts'

/** OpenAI's token counts of one request, over all its choices. */
export class UsageCount {
  readonly #n: number
  #prompt = 0
  #cached = 0
  #completion = 0
  #speculation: Speculation | null = null
  /** Tokens that the passes of `#speculation` made: each answer's but the first, which the prompt's pass makes. */
  #speculated = 0

  /** @param n  choices of each prompt */
  constructor(n: number) {
    this.#n = n
  }

  add({ index, done, discarded_tokens }: ChoicePiece): void {
    if (!done) return
    const { completion_tokens, speculation } = done.usage
    this.#completion += completion_tokens + discarded_tokens
    if (speculation) {
      this.#speculation = sumOf(this.#speculation, speculation)
      this.#speculated += Math.max(0, completion_tokens - 1)
    }
    // A prompt counts once, however many answers it has; and that its later answers found it cached is our affair.
    if (index % this.#n !== 0) return
    this.#prompt += done.usage.prompt_tokens
    this.#cached += done.usage.cached_tokens
  }

  toJSON() {
    return {
      prompt_tokens: this.#prompt,
      completion_tokens: this.#completion,
      total_tokens: this.#prompt + this.#completion,
      prompt_tokens_details: { cached_tokens: this.#cached },
      ...this.#guesses(),
    }
  }

  /** OpenAI's two counts, and ours: what each pass of the model was worth. */
  #guesses() {
    if (!this.#speculation) return null
    const { proposed, accepted, passes } = this.#speculation
    return {
      completion_tokens_details: {
        accepted_prediction_tokens: accepted,
        rejected_prediction_tokens: proposed - accepted,
      },
      speculation: {
        ...this.#speculation,
        tokens_per_pass: passes > 0 ? this.#speculated / passes : null,
      },
    }
  }
}

function sumOf(a: Speculation | null, b: Speculation): Speculation {
  return {
    proposed: (a?.proposed ?? 0) + b.proposed,
    accepted: (a?.accepted ?? 0) + b.accepted,
    passes: (a?.passes ?? 0) + b.passes,
  }
}
