/**
 * Which processors and warpers a set of options asks for. Processors always apply, warpers only where a token is drawn.
 *
 * The order is that of Hugging Face's LogitsProcessorList. Processors: logit_bias, repetition_penalty,
 * no_repeat_ngram_size, bad words, forced first and end tokens, exponential_decay_length_penalty, suppress_tokens.
 * Warpers: temperature, top_k, top_p, min_p, typical_p, epsilon_cutoff, eta_cutoff. What it does not know has its place
 * where its like is: frequency_penalty, presence_penalty and DRY after the repetition penalty, allowed_token_ids with
 * suppress_tokens, structured outputs after all other processors, XTC after the other warpers, mirostat last. (min_tokens is
 * in stopping/token-stop.ts, and comes first, which makes no difference to what is ruled out.)
 */
import { ConstraintWalk } from '../constraints/vocabulary/constraint-walk.ts'
import type { ModelConfig } from '../language-model.ts'
import type { Random } from '../numerics/random.ts'
import type { GenerationOptions } from '../options.ts'
import { allowedTokens } from './allowed-tokens.ts'
import { badWords } from './bad-words.ts'
import { dry, groupBreakers } from './dry.ts'
import { epsilonCutoff } from './epsilon-cutoff.ts'
import { etaCutoff } from './eta-cutoff.ts'
import { exponentialDecayLengthPenalty } from './exponential-decay-length-penalty.ts'
import { forcedBos, forcedEos } from './forced-tokens.ts'
import { frequencyPenalty } from './frequency-penalty.ts'
import { logitBias } from './logit-bias.ts'
import type { Logits } from './logits.ts'
import { minP } from './min-p.ts'
import { noRepeatNgram } from './no-repeat-ngram.ts'
import { presencePenalty } from './presence-penalty.ts'
import { repetitionPenalty } from './repetition-penalty.ts'
import { suppressTokens } from './suppress-tokens.ts'
import { temperature } from './temperature.ts'
import { topK } from './top-k.ts'
import { topP } from './top-p.ts'
import { typicalP } from './typical-p.ts'
import { xtc } from './xtc.ts'

/** Changes one row of logits in place, knowing the tokens so far (prompt included). It keeps no state between calls. */
export type LogitsProcessor = (logits: Logits, tokens: readonly number[]) => void

/** What processors need to know of a generation besides its options. */
export interface ProcessorContext {
  config: Pick<ModelConfig, 'eosIds'>
  /** Tokens from here on were generated. */
  promptLength: number
  /** Most tokens that may be generated. */
  limit: number
}

/**
 * The processors that a set of options asks for, in their order; those that would change nothing are left out. They
 * serve every sequence of the generation, such as all beams: what they know of it is its tokens.
 */
export function logitsProcessors(
  options: GenerationOptions,
  { config, promptLength, limit }: ProcessorContext,
): LogitsProcessor[] {
  const processors: LogitsProcessor[] = []
  const use = (processor: LogitsProcessor) => processors.push(processor)

  const bias = new Map(Object.entries(options.logit_bias).map(([id, value]) => [Number(id), value]))
  if (bias.size > 0) use((logits) => logitBias(logits, bias))

  const { repetition_penalty, frequency_penalty, presence_penalty } = options
  if (repetition_penalty !== 1)
    use((logits, tokens) => repetitionPenalty(logits, tokens, repetition_penalty))
  if (frequency_penalty !== 0)
    use((logits, tokens) => frequencyPenalty(logits, tokens.slice(promptLength), frequency_penalty))
  if (presence_penalty !== 0)
    use((logits, tokens) => presencePenalty(logits, tokens.slice(promptLength), presence_penalty))
  if (options.dry_multiplier > 0) {
    const settings = {
      multiplier: options.dry_multiplier,
      base: options.dry_base,
      allowedLength: options.dry_allowed_length,
      lastN: options.dry_penalty_last_n,
      breakers: groupBreakers(options.dry_sequence_breaker_ids),
    }
    use((logits, tokens) => dry(logits, tokens, settings))
  }

  const { no_repeat_ngram_size, forced_bos_token_id } = options
  if (no_repeat_ngram_size > 0)
    use((logits, tokens) => noRepeatNgram(logits, tokens, no_repeat_ngram_size))
  // An end token alone is no word, and an answer must be able to end.
  const words = options.bad_words_ids.filter(
    ([first, ...rest]) => rest.length > 0 || !config.eosIds.includes(first!),
  )
  if (words.length > 0) use((logits, tokens) => badWords(logits, tokens, words))
  if (forced_bos_token_id != null)
    use((logits, tokens) => forcedBos(logits, tokens.length, forced_bos_token_id))
  if (options.forced_eos_token_id != null) {
    const ids = [options.forced_eos_token_id].flat()
    use((logits, tokens) => forcedEos(logits, promptLength + limit - tokens.length, ids))
  }
  if (options.exponential_decay_length_penalty && !options.ignore_eos) {
    const [start, factor] = options.exponential_decay_length_penalty
    const settings = { start, factor, eosIds: config.eosIds }
    use((logits, tokens) =>
      exponentialDecayLengthPenalty(logits, tokens.length - promptLength, settings),
    )
  }
  if (options.suppress_tokens.length > 0)
    use((logits) => suppressTokens(logits, options.suppress_tokens))
  if (options.allowed_token_ids) {
    const allowed = new Set(options.allowed_token_ids)
    use((logits) => allowedTokens(logits, allowed))
  }
  if (options.constraint) {
    const walk = new ConstraintWalk(options.constraint)
    const ends = [...(options.ignore_eos ? [] : config.eosIds), ...options.stop_token_ids]
    use((logits, tokens) => walk.restrict(logits, tokens, promptLength, ends))
  }
  return processors
}

/**
 * The warpers that a set of options asks for, in their order: what shapes a distribution that a token is drawn from.
 * Greedy decoding (temperature 0) has none.
 */
export function logitsWarpers(options: GenerationOptions, random: Random): LogitsProcessor[] {
  const warpers: LogitsProcessor[] = []
  const use = (warper: LogitsProcessor) => warpers.push(warper)
  if (options.temperature === 0) return warpers
  if (options.temperature !== 1) use((logits) => temperature(logits, options.temperature))
  if (options.top_k > 0) use((logits) => topK(logits, options.top_k))
  if (options.top_p < 1) use((logits) => topP(logits, options.top_p))
  if (options.min_p > 0) use((logits) => minP(logits, options.min_p))
  if (options.typical_p < 1) use((logits) => typicalP(logits, options.typical_p))
  if (options.epsilon_cutoff > 0) use((logits) => epsilonCutoff(logits, options.epsilon_cutoff))
  if (options.eta_cutoff > 0) use((logits) => etaCutoff(logits, options.eta_cutoff))
  if (options.xtc_probability > 0) {
    const settings = { probability: options.xtc_probability, threshold: options.xtc_threshold }
    use((logits) => xtc(logits, settings, random))
  }
  return warpers
}
