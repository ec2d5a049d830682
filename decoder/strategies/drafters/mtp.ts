import type { KVCache, LanguageModel } from '../../language-model.ts'
import { chain, type Draft, type Drafter, type DraftRules } from './drafter.ts'
import { guessChain } from './draw.ts'

/**
 * A model with multi-token heads: besides the next token, each guesses one further on, out of the same hidden state.
 * Gloeckle et al. 2024, "Better & Faster Large Language Models via Multi-token Prediction"; Cai et al. 2024, "Medusa".
 */
export interface MultiTokenModel extends LanguageModel {
  /** How many heads there are, ≥ 1. */
  readonly heads: number
  /**
   * What the heads say at the last token that the cache holds.
   *
   * @returns a row of logits for each head; head h guesses the token h + 2 places after that token. The rows belong to
   *          the caller
   */
  headLogits(cache: KVCache): Promise<Float32Array[]>
}

export function hasHeads(model: LanguageModel): model is MultiTokenModel {
  return 'heads' in model && typeof model.heads === 'number' && model.heads > 0
}

/** The model's own heads guess, each for itself: none knows what the one before it drew. */
export class HeadsDrafter implements Drafter {
  private readonly model: MultiTokenModel
  private readonly rules: DraftRules

  constructor(model: MultiTokenModel, rules: DraftRules) {
    this.model = model
    this.rules = rules
  }

  async draft(tokens: readonly number[], depth: number, cache: KVCache): Promise<Draft> {
    const rows = await this.model.headLogits(cache)
    const { drafted, probabilities } = await guessChain(
      tokens,
      depth,
      this.rules,
      async ({ length }) => rows[length] ?? null,
    )
    return chain(drafted, probabilities)
  }

  dispose(): void {}
}
