import type { KVCache } from '../../language-model.ts'
import type { Logits } from '../../logits/index.ts'
import type { Random } from '../../numerics/random.ts'

/** Guesses of what follows the last token, as a tree: a parent comes before its children. */
export interface Draft {
  readonly tokens: readonly number[]
  /** Parent of each as an index into `tokens`; -1 stands for the last token of the text. */
  readonly parents: readonly number[]
  /**
   * Set if the tokens were drawn, which only a draft without branches may do: the distribution that each was drawn from,
   * [vocabSize] probabilities. Left out, the tokens were chosen, and nothing about them is random.
   */
  readonly probabilities?: readonly Float64Array[]
}

export const NO_DRAFT: Draft = { tokens: [], parents: [] }

/** A draft without branches. */
export function chain(tokens: readonly number[], probabilities?: readonly Float64Array[]): Draft {
  const parents = tokens.map((_, index) => index - 1)
  return probabilities ? { tokens, parents, probabilities } : { tokens, parents }
}

/** What the target model made of a draft. */
export interface VerifiedPass {
  draft: Draft
  /** Logits after the last token, then those after each of the draft's. */
  rows: readonly Float32Array[]
  /** Indexes of the draft's tokens that were accepted, in order. */
  accepted: readonly number[]
}

/** Proposes tokens that the target model then verifies, all in one pass. One drafter serves one generation. */
export interface Drafter {
  /**
   * @param tokens  all tokens so far, the prompt's too; `cache` holds all of them but the last
   * @param depth   most tokens in a row to propose, ≥ 1
   * @param cache   the target model's, for drafters that look into it
   */
  draft(tokens: readonly number[], depth: number, cache: KVCache): Promise<Draft>
  /** Told after each pass, before the next draft. */
  learn?(pass: VerifiedPass): void
  /** Frees what the drafter holds, caches above all. */
  dispose(): void
}

/** What a drafter needs to know of the generation, so that it guesses under the same processors and warpers. */
export interface DraftRules {
  readonly greedy: boolean
  readonly random: Random
  /** Tokens that end a generation; nothing is drafted after one. */
  readonly endIds: readonly number[]
  /** Applies the logits processors, and `min_tokens`, in place. */
  process(logits: Logits, tokens: readonly number[]): void
  /** Applies the warpers in place. */
  warp(logits: Logits, tokens: readonly number[]): void
  readonly signal: AbortSignal | undefined
}
