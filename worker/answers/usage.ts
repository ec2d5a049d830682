import type { ChoicePiece } from '../engine/choices.ts'

/** OpenAI's token counts of one request, over all its choices. */
export class UsageCount {
  readonly #n: number
  #prompt = 0
  #cached = 0
  #completion = 0

  /** @param n  choices of each prompt */
  constructor(n: number) {
    this.#n = n
  }

  add({ index, done, discarded_tokens }: ChoicePiece): void {
    if (!done) return
    this.#completion += done.usage.completion_tokens + discarded_tokens
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
    }
  }
}
