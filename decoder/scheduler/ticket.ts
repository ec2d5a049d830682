import type { ForwardStep } from '../language-model.ts'

/** One generation's wish for a forward pass, and what came of it. */
export interface Ticket {
  readonly steps: ForwardStep[]
  /** Tokens in all steps, which is about what they cost. */
  readonly size: number
  outcome: Outcome | null
}

export type Outcome =
  | { readonly ok: true; readonly rows: Float32Array[][] }
  | { readonly ok: false; readonly error: unknown }

export function ticketFor(steps: ForwardStep[]): Ticket {
  const size = steps.reduce((sum, { tokens }) => sum + tokens.length, 0)
  return { steps, size, outcome: null }
}
