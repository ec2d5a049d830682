import * as v from 'valibot'
import { constraintOptions, structuredOptions } from './structured-options.ts'

/**
 * Every knob of a generation, with its range and default, in the spelling the HTTP API has for it: one name from the
 * request's body (or the command line) down to the sampler, and one place that checks it.
 */
const number = (min: number, max: number) =>
  v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max))
const integer = (min: number, max: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max))

/** A token id; whether the vocabulary has it is known where the model is. */
const tokenId = integer(0, 2 ** 31)
const tokenIds = (most: number) => v.pipe(v.array(tokenId), v.maxLength(most))
const tokenSequences = (most: number) =>
  v.pipe(v.array(v.pipe(v.array(tokenId), v.minLength(1), v.maxLength(64))), v.maxLength(most))
const texts = (most: number) =>
  v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(64))), v.maxLength(most))

/** JSON's keys are texts; a list has indexes for keys, but isn't meant. */
const isKeyedById = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).every((key) => /^\d+$/.test(key))

export const MAX_STOP_STRINGS = 4
export const MAX_TOP_LOGPROBS = 20
export const MAX_BEAMS = 256

const stopString = v.pipe(v.string(), v.minLength(1), v.maxLength(64))

export const samplingOptions = {
  /** 0 is greedy: always the likeliest token. */
  temperature: v.nullish(number(0, 2), 1),
  top_p: v.nullish(number(0, 1), 1),
  /** 0 or -1 keep every token. */
  top_k: v.nullish(integer(-1, 2 ** 31), 0),
  min_p: v.nullish(number(0, 1), 0),
  /** Same seed, same tokens, on every platform; drawn from the system when absent. */
  seed: v.nullish(integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
}

/** Logits processors and warpers; `logits/processor-list.ts` has their order. */
export const logitsOptions = {
  // Penalties
  /** Of all tokens so far, the prompt's too; over 1 against repetition. */
  repetition_penalty: v.nullish(number(0.01, 100), 1),
  /** Of generated tokens, once for each occurrence. */
  frequency_penalty: v.nullish(number(-2, 2), 0),
  /** Of generated tokens, once. */
  presence_penalty: v.nullish(number(-2, 2), 0),
  /** No run of this many tokens occurs twice, the prompt included; 0 is off. */
  no_repeat_ngram_size: v.nullish(integer(0, 2 ** 31), 0),
  /** DRY, against verbatim repetition; a multiplier of 0 is off. */
  dry_multiplier: v.nullish(number(0, 100), 0),
  dry_base: v.nullish(number(1, 100), 1.75),
  dry_allowed_length: v.nullish(integer(0, 2 ** 31), 2),
  /** How many of the last tokens it looks at; -1 is all, 0 is off. */
  dry_penalty_last_n: v.nullish(integer(-1, 2 ** 31), -1),
  dry_sequence_breakers: v.nullish(texts(16), ['\n', ':', '"', '*']),
  /** The same as tokens; `TextGenerator` adds those of `dry_sequence_breakers`. */
  dry_sequence_breaker_ids: v.nullish(tokenSequences(1024), []),
  /** [start, factor]: from `start` generated tokens on, the end becomes likelier by `factor` with each. */
  exponential_decay_length_penalty: v.nullish(
    v.strictTuple([integer(0, 2 ** 31), number(0.01, 100)]),
  ),
  // Tokens wanted and unwanted
  /** Token id → what is added to its logit. */
  logit_bias: v.nullish(
    v.pipe(
      v.custom<Record<string, number>>(isKeyedById, 'must be an object with token ids as its keys'),
      v.record(v.string(), number(-100, 100)),
      v.maxEntries(300),
    ),
    {},
  ),
  /** Words never to be said, with and without a space before them: the tokens that the tokenizer makes of them. */
  bad_words: v.nullish(texts(64), []),
  /** The same as tokens; `TextGenerator` adds those of `bad_words`. An end token alone is left possible. */
  bad_words_ids: v.nullish(tokenSequences(1024), []),
  suppress_tokens: v.nullish(tokenIds(1024), []),
  /** If given, no token but these is ever chosen, the end token included. */
  allowed_token_ids: v.nullish(v.pipe(tokenIds(2 ** 18), v.minLength(1))),
  /** Chosen after a prompt of a single token. */
  forced_bos_token_id: v.nullish(tokenId),
  /** Chosen as the last token that the limit allows; one of them if it is a list. */
  forced_eos_token_id: v.nullish(v.union([tokenId, v.pipe(tokenIds(64), v.minLength(1))])),
  // Filters of the distribution that is drawn from, besides top_p, top_k and min_p
  /** 1 keeps every token. */
  typical_p: v.nullish(v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(1)), 1),
  /** 0 keeps every token. */
  epsilon_cutoff: v.nullish(v.pipe(number(0, 1), v.ltValue(1)), 0),
  eta_cutoff: v.nullish(v.pipe(number(0, 1), v.ltValue(1)), 0),
  /** How often XTC excludes the top choices; 0 is off. */
  xtc_probability: v.nullish(number(0, 1), 0),
  /** What counts as a top choice; above 0.5 nothing does. */
  xtc_threshold: v.nullish(number(0, 1), 0.1),
  /** 2 holds the surprise of the text at `mirostat_tau` bits, after all other filters; 0 is off. */
  mirostat: v.nullish(v.picklist([0, 2]), 0),
  mirostat_tau: v.nullish(number(0, 32), 5),
  mirostat_eta: v.nullish(number(0, 1), 0.1),
}

/** Beam search, with Hugging Face's names; `strategies/beam-settings.ts` says which go together. */
export const beamOptions = {
  use_beam_search: v.nullish(v.boolean()),
  /** Hypotheses that grow side by side; over 1 asks for beam search. */
  num_beams: v.nullish(integer(1, MAX_BEAMS)),
  /** How many of them are answers. */
  num_return_sequences: v.nullish(integer(1, MAX_BEAMS), 1),
  /** A hypothesis' score is its log-probability / length^length_penalty: over 0 favours long ones, under 0 short ones. */
  length_penalty: v.nullish(number(-10, 10), 1),
  early_stopping: v.nullish(
    v.union([v.boolean(), v.literal('never')], 'must be true, false or "never"'),
    false,
  ),
  /** Diverse beam search: groups search one after another and avoid what those before them chose. */
  num_beam_groups: v.nullish(integer(1, MAX_BEAMS), 1),
  /** Taken off a token's log-probability for each beam of an earlier group that chose it at the same step. */
  diversity_penalty: v.nullish(number(0, 100), 0),
  /** Beams are drawn instead of taken. */
  do_sample: v.nullish(v.boolean()),
  /** Phrases that the answer must contain. */
  force_words: v.nullish(texts(8), []),
  /** The same as tokens, each a list of spellings of which one is enough; `TextGenerator` adds those of `force_words`. */
  force_words_ids: v.nullish(
    v.pipe(v.array(v.pipe(tokenSequences(8), v.minLength(1))), v.maxLength(8)),
    [],
  ),
}

/** Most tokens that a draft may have in a row. */
export const MAX_DRAFT_TOKENS = 16

/** Guesses of what comes next, verified several at once; `strategies/speculative.ts` says how. */
const speculativeOptions = v.strictObject({
  /** Who guesses: the text so far, a draft model, the model's own heads, any of these as a tree, or the model's passes. */
  method: v.picklist(['ngram', 'draft_model', 'mtp', 'tree', 'lookahead']),
  /** Most tokens to guess in a row; fewer are as long as guesses turn out wrong. */
  num_tokens: v.nullish(integer(1, MAX_DRAFT_TOKENS), 4),
  /**
   * `exact` changes nothing about the answer. `threshold` is lossy: it also accepts what the model finds likelier than
   * `threshold`. So is `search`: it takes the branch of a tree that is likeliest a token.
   */
  acceptance: v.nullish(v.picklist(['exact', 'threshold', 'search']), 'exact'),
  threshold: v.nullish(v.pipe(v.number(), v.finite(), v.gtValue(0), v.ltValue(1))),
  /** Of a tree: children of a node at each depth, the last for all below; [4, 2, 2, 1] if left out. */
  widths: v.nullish(v.pipe(v.array(integer(1, 16)), v.minLength(1), v.maxLength(MAX_DRAFT_TOKENS))),
  /** Of a tree: how many nodes are left at each depth, the best by cumulative log-probability; 5 if left out. */
  branches: v.nullish(integer(1, 16)),
  /** Of a tree: how many nodes are verified, the best of all by cumulative log-probability; 16 if left out. */
  nodes: v.nullish(integer(1, 64)),
})
export type SpeculativeOptions = v.InferOutput<typeof speculativeOptions>

/** Chunks of tokens that are all computed at once; `strategies/semi-autoregressive.ts` says how. */
const semiAutoregressiveOptions = v.strictObject({
  chunk_size: integer(2, 8),
  /** Passes over a chunk. Lossy; left out, as many as it takes to be what greedy decoding gives. */
  passes: v.nullish(integer(1, 8)),
})
export type SemiAutoregressiveOptions = v.InferOutput<typeof semiAutoregressiveOptions>

/** Ways to decode several tokens a pass. */
export const parallelOptions = {
  speculative: v.nullish(speculativeOptions),
  semi_autoregressive: v.nullish(semiAutoregressiveOptions),
}

export const stoppingOptions = {
  max_tokens: v.nullish(integer(0, 2 ** 31)),
  /** No end token and no stop string counts before this many tokens. */
  min_tokens: v.nullish(integer(0, 2 ** 31), 0),
  /** The text never contains a stop string, unless `include_stop_str_in_output` asks for it. */
  stop: v.nullish(
    v.union([stopString, v.pipe(v.array(stopString), v.maxLength(MAX_STOP_STRINGS))]),
  ),
  stop_token_ids: v.nullish(v.pipe(v.array(integer(0, 2 ** 31)), v.maxLength(64)), []),
  include_stop_str_in_output: v.nullish(v.boolean(), false),
  ignore_eos: v.nullish(v.boolean(), false),
}

/** As Hugging Face's `SinkCache`: what each token sees of a text without an end. */
const slidingWindowOptions = v.strictObject({
  /** Last tokens, the newest included; as many as the context has room for besides the sinks if left out. */
  window: v.nullish(integer(1, 2 ** 31)),
  /** First tokens: attention sinks. */
  sinks: v.nullish(integer(0, 2 ** 31), 4),
})

export const cachingOptions = {
  /**
   * Prompts with different salts share nothing of what is cached, so that nobody can find out by `cached_tokens` or by
   * the time to the first token what another has sent.
   */
  cache_salt: v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(256))),
  /** The text may grow beyond the context, of which each token sees a part; `sliding-window.ts` says which. */
  sliding_window: v.nullish(slidingWindowOptions),
}

export const reportingOptions = {
  /** How many alternatives each token event lists. */
  top_logprobs: v.nullish(integer(0, MAX_TOP_LOGPROBS), 0),
}

export const generationOptions = v.object({
  ...samplingOptions,
  ...logitsOptions,
  ...beamOptions,
  ...parallelOptions,
  ...structuredOptions,
  ...constraintOptions,
  ...stoppingOptions,
  ...cachingOptions,
  ...reportingOptions,
})

/** What a caller may give: everything optional, null as good as absent. */
export type GenerationInput = v.InferInput<typeof generationOptions>
/** The same once checked: defaults filled in. */
export type GenerationOptions = v.InferOutput<typeof generationOptions>
