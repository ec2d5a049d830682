import type { ForwardStep } from '../language-model.ts'

/** One generation's wish for a forward pass, and what came of it. */
export class Ticket {
  readonly steps: ForwardStep[]
  /** Tokens in all steps, which is about what they cost. */
  readonly size: number
  #outcome: Outcome | null = null

  constructor(steps: ForwardStep[]) {
    this.steps = steps
    this.size = steps.reduce((sum, { tokens }) => sum + tokens.length, 0)
  }

  get outcome(): Outcome | null {
    return this.#outcome
  }

  /** The first outcome counts. */
  settle(outcome: Outcome): void {
    this.#outcome ??= outcome
  }
}

export type Outcome =
  | { readonly ok: true; readonly rows: Float32Array[][] }
  | { readonly ok: false; readonly error: unknown }
