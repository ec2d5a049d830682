import * as v from 'valibot'
import {
  beamOptions,
  cachingOptions,
  DEFAULT_BEAMS,
  type GenerationOptions,
  generationOptions,
  logitsOptions,
  MAX_TOP_LOGPROBS,
  parallelOptions,
  samplingOptions,
  stoppingOptions,
  type ToolCallOptions,
  usesBeams,
} from '../../decoder/index.ts'
import { invalid } from '../http/api-error.ts'
import { structuredFields, structuredOutputsOf } from './structured-outputs.ts'

/** Most alternatives for one prompt, and most choices in one answer: each is a generation of its own. */
export const MAX_N = 8
export const MAX_CHOICES = 32
/** OpenAI's own limit. */
const MAX_BEST_OF = 20
/** Each beam holds keys and values of its own, and all live at once. */
const MAX_BEAMS = 16
/** Where no context ends an answer, this does. */
const MAX_SLIDING_TOKENS = 2 ** 15

/** Over HTTP, how many answers a search has is `n`. */
const { num_return_sequences: _, ...searchOptions } = beamOptions

/** What chat and plain completions have in common. */
export const generationFields = {
  /** There is one model; who leaves this out gets it. */
  model: v.nullish(v.string()),
  n: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_N)), 1),
  /**
   * Candidates, of which the n with the highest mean log-probability are answered; n if left out. In a beam search, the
   * number of beams.
   */
  best_of: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_BEST_OF))),
  stream: v.nullish(v.boolean(), false),
  stream_options: v.nullish(
    v.object({
      include_usage: v.nullish(v.boolean(), false),
      /** Padding against eavesdroppers on chunk sizes; there is none, and asking for none is fine. */
      include_obfuscation: v.nullish(v.boolean()),
      /** Ours: chunks that show how a beam search stands. */
      include_beams: v.nullish(v.boolean(), false),
    }),
  ),
  ...samplingOptions,
  ...logitsOptions,
  ...searchOptions,
  ...parallelOptions,
  ...stoppingOptions,
  ...cachingOptions,
  ...structuredFields,
  /** How many alternatives to list for each token of the prompt; left out, nothing is said of the prompt. */
  prompt_logprobs: v.nullish(
    v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_TOP_LOGPROBS)),
  ),
}

const fields = v.object(generationFields)
type GenerationFields = v.InferOutput<typeof fields>

/** Checks between fields, which no schema of one field can make. @throws {ApiError} 400 */
export function checkFields(request: GenerationFields): void {
  if (request.stream_options && !request.stream) {
    throw invalid('stream_options may only be set when stream is true.', 'stream_options')
  }
  if (request.stream_options?.include_beams && !isSearch(request)) {
    throw invalid('include_beams shows a beam search, and this is none.', 'stream_options')
  }
  if (request.prompt_logprobs != null && request.stream) {
    throw invalid('prompt_logprobs can’t be streamed.', 'prompt_logprobs')
  }
  const { n, best_of, num_beams } = request
  if (best_of != null && best_of < n) {
    throw invalid(`best_of must be at least n (${n}).`, 'best_of')
  }
  if (isSearch(request)) {
    if (num_beams != null && best_of != null && num_beams !== best_of) {
      throw invalid('best_of is the number of beams, and so is num_beams: give one.', 'best_of')
    }
    const name = num_beams == null ? 'best_of' : 'num_beams'
    if (widthOf(request) > MAX_BEAMS) throw invalid(`${name} must be at most ${MAX_BEAMS}.`, name)
    if (n > widthOf(request)) throw invalid('n must be at most the number of beams.', 'n')
  } else if (best_of != null && best_of > n && request.stream) {
    throw invalid('best_of greater than n can’t be streamed.', 'best_of')
  }
  const { min_tokens, max_tokens } = request
  if (typeof max_tokens === 'number' && min_tokens > max_tokens) {
    throw invalid(`min_tokens must be at most max_tokens (${max_tokens}).`, 'min_tokens')
  }
  if (!request.sliding_window) return
  if (max_tokens != null && max_tokens > MAX_SLIDING_TOKENS) {
    const most = `max_tokens must be at most ${MAX_SLIDING_TOKENS} with sliding_window.`
    throw invalid(most, 'max_tokens')
  }
  if (request.prompt_logprobs != null) {
    const words = 'prompt_logprobs are of a prompt that is seen whole: leave out sliding_window.'
    throw invalid(words, 'prompt_logprobs')
  }
}

/**
 * Sequences that live at once, which is what a request costs in memory. vLLM makes the beams of a search as many as its
 * answers; here there are 4 unless more answers are wanted, so that the first does not depend on how many follow.
 */
export function widthOf(request: GenerationFields): number {
  const { num_beams, best_of, n } = request
  return isSearch(request) ? (num_beams ?? best_of ?? Math.max(DEFAULT_BEAMS, n)) : 1
}

const isSearch = ({ use_beam_search, num_beams }: GenerationFields) =>
  usesBeams({ use_beam_search, num_beams })

/** The decoder's part of a request. */
export function optionsOf(
  request: GenerationFields,
  rest: {
    max_tokens: number | null | undefined
    top_logprobs: number
    tool_calls?: ToolCallOptions | null
  },
): GenerationOptions {
  const search = isSearch(request)
    ? { num_beams: widthOf(request), num_return_sequences: request.n }
    : { num_return_sequences: 1 }
  const structured_outputs = structuredOutputsOf(request)
  const given: Record<string, unknown> = { ...request, ...search, ...rest, structured_outputs }
  const names = Object.keys(generationOptions.entries)
  return Object.fromEntries(names.map((name) => [name, given[name]])) as GenerationOptions
}
