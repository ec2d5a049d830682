import * as v from 'valibot'

/**
 * Every knob of a generation, with its range and default, in the spelling the HTTP API has for it: one name from the
 * request's body (or the command line) down to the sampler, and one place that checks it.
 */
const number = (min: number, max: number) =>
  v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max))
const integer = (min: number, max: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max))

export const MAX_STOP_STRINGS = 4
export const MAX_TOP_LOGPROBS = 20

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

export const reportingOptions = {
  /** How many alternatives each token event lists. */
  top_logprobs: v.nullish(integer(0, MAX_TOP_LOGPROBS), 0),
}

export const generationOptions = v.object({
  ...samplingOptions,
  ...stoppingOptions,
  ...reportingOptions,
})

/** What a caller may give: everything optional, null as good as absent. */
export type GenerationInput = v.InferInput<typeof generationOptions>
/** The same once checked: defaults filled in. */
export type GenerationOptions = v.InferOutput<typeof generationOptions>
