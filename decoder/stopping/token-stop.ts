import { ConstraintWalk } from '../constraints/vocabulary/constraint-walk.ts'
import type { DoneEvent } from '../events.ts'
import type { ModelConfig } from '../language-model.ts'
import type { Logits } from '../logits/index.ts'
import type { GenerationOptions } from '../options.ts'

/**
 * The stopping criteria that look at tokens: end tokens, a constraint that leaves nothing but the end, `max_tokens`, a full
 * context (unless it slides), and `min_tokens` against end tokens.
 */
export interface TokenStop {
  /** Most tokens that may be generated. */
  readonly limit: number
  /** Tokens that end a generation. */
  readonly endIds: readonly number[]
  /** Rules the end tokens out for as long as `min_tokens` asks. */
  ban(logits: Logits, length: number): void
  /** Why generation ends with the last of these tokens, prompt included; null if it goes on. */
  after(tokens: readonly number[]): Pick<DoneEvent, 'finish_reason' | 'stop_reason'> | null
}

export function tokenStop(
  config: ModelConfig,
  options: GenerationOptions,
  promptLength: number,
): TokenStop {
  const eosIds = options.ignore_eos ? [] : config.eosIds
  const endIds = [...eosIds, ...options.stop_token_ids]
  const room = options.sliding_window
    ? Number.POSITIVE_INFINITY
    : Math.max(0, config.contextLength - promptLength)
  const limit = Math.min(options.max_tokens ?? Number.POSITIVE_INFINITY, room)
  const walk = options.constraint ? new ConstraintWalk(options.constraint) : null
  return {
    limit,
    endIds,
    ban(logits, length) {
      if (length - promptLength >= options.min_tokens) return
      for (const id of endIds) logits[id] = Number.NEGATIVE_INFINITY
    },
    after(tokens) {
      const id = tokens.at(-1)!
      // An end token at the very limit is still an end: the answer is whole.
      if (eosIds.includes(id)) return { finish_reason: 'stop', stop_reason: null }
      if (endIds.includes(id)) return { finish_reason: 'stop', stop_reason: id }
      if (walk?.mustEnd(tokens, promptLength)) return { finish_reason: 'stop', stop_reason: null }
      if (tokens.length - promptLength >= limit)
        return { finish_reason: 'length', stop_reason: null }
      return null
    },
  }
}
