import type { PrefixCache } from './conversation/prefix-cache.ts'
import type { LanguageModel } from './language-model.ts'
import type { Scheduler } from './scheduler/scheduler.ts'
import type { Tokenizer } from './tokenizer.ts'

/** A model and all that the texts made with it share. */
export interface SharedModel {
  model: LanguageModel
  tokenizer: Tokenizer
  /** Whose guesses speculative decoding verifies. */
  draft: LanguageModel | null
  /** Gives each text its seat in the model's passes. */
  scheduler: Scheduler
  /** What is kept of earlier texts. */
  prefixes: PrefixCache
}
