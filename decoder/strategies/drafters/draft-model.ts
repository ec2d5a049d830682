import { commonPrefix } from '../../common-prefix.ts'
import type { KVCache, LanguageModel } from '../../language-model.ts'
import { prefill } from '../prefill.ts'
import { chain, type Draft, type Drafter, type DraftRules, NO_DRAFT } from './drafter.ts'
import { guessChain } from './draw.ts'

/**
 * A second, faster model with the same vocabulary guesses. Leviathan et al. 2023, "Fast Inference from Transformers via
 * Speculative Decoding"; Chen et al. 2023, "Accelerating Large Language Model Decoding with Speculative Sampling".
 */
export class ModelDrafter implements Drafter {
  private readonly text: DraftText
  private readonly rules: DraftRules

  constructor(model: LanguageModel, rules: DraftRules) {
    this.text = new DraftText(model, rules.signal)
    this.rules = rules
  }

  async draft(tokens: readonly number[], depth: number): Promise<Draft> {
    const first = await this.text.read(tokens, depth)
    if (!first) return NO_DRAFT
    const { drafted, probabilities } = await guessChain(tokens, depth, this.rules, async (held) =>
      held.length === 0 ? first : this.text.append(held.at(-1)!),
    )
    return chain(drafted, probabilities)
  }

  dispose(): void {
    this.text.dispose()
  }
}

/** What the draft model has read: kept between drafts, and rolled back to what became of its guesses. */
export class DraftText {
  readonly model: LanguageModel
  readonly cache: KVCache
  private readonly signal: AbortSignal | undefined
  private held: number[] = []

  constructor(model: LanguageModel, signal: AbortSignal | undefined) {
    this.model = model
    this.cache = model.createCache()
    this.signal = signal
  }

  /** @returns logits after the last token; null if the draft model has no room for so many more, or on abort */
  async read(tokens: readonly number[], more: number): Promise<Float32Array | null> {
    if (tokens.length + more > this.model.config.contextLength) return null
    const kept = Math.min(commonPrefix(this.held, tokens), tokens.length - 1, this.cache.length)
    this.cache.truncate(kept)
    const logits = await prefill(this.model, { tokens, cache: this.cache }, this.signal)
    this.held = tokens.slice(0, this.cache.length)
    return logits
  }

  async append(id: number): Promise<Float32Array> {
    const [rows] = await this.model.forward([{ cache: this.cache, tokens: [id] }])
    this.held.push(id)
    return rows![0]!
  }

  dispose(): void {
    this.cache.dispose()
  }
}
