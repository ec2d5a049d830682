import * as v from 'valibot'
import {
  beamOptions,
  type GenerationOptions,
  generationOptions,
  logitsOptions,
  samplingOptions,
  stoppingOptions,
} from '../../decoder/index.ts'
import { invalid } from '../http/api-error.ts'

/** Most alternatives for one prompt, and most choices in one answer: each is a generation of its own. */
export const MAX_N = 8
export const MAX_CHOICES = 32
/** OpenAI's own limit. */
const MAX_BEST_OF = 20

/** What chat and plain completions have in common. */
export const generationFields = {
  /** There is one model; who leaves this out gets it. */
  model: v.nullish(v.string()),
  n: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_N)), 1),
  /** Candidates, of which the n with the highest mean log-probability are answered; n if left out. */
  best_of: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_BEST_OF))),
  stream: v.nullish(v.boolean(), false),
  stream_options: v.nullish(
    v.object({
      include_usage: v.nullish(v.boolean(), false),
      /** Padding against eavesdroppers on chunk sizes; there is none, and asking for none is fine. */
      include_obfuscation: v.nullish(v.boolean()),
    }),
  ),
  ...samplingOptions,
  ...logitsOptions,
  ...beamOptions,
  ...stoppingOptions,
}

const fields = v.object(generationFields)
type GenerationFields = v.InferOutput<typeof fields>

/** Checks between fields, which no schema of one field can make. @throws {ApiError} 400 */
export function checkFields(request: GenerationFields): void {
  if (request.stream_options && !request.stream) {
    throw invalid('stream_options may only be set when stream is true.', 'stream_options')
  }
  const { n, best_of } = request
  if (best_of != null && best_of < n) {
    throw invalid(`best_of must be at least n (${n}).`, 'best_of')
  }
  if (best_of != null && best_of > n && request.stream) {
    throw invalid('best_of greater than n can’t be streamed.', 'best_of')
  }
  const { min_tokens, max_tokens } = request
  if (typeof max_tokens === 'number' && min_tokens > max_tokens) {
    throw invalid(`min_tokens must be at most max_tokens (${max_tokens}).`, 'min_tokens')
  }
}

/** The decoder's part of a request. */
export function optionsOf(
  request: GenerationFields,
  rest: { max_tokens: number | null | undefined; top_logprobs: number },
): GenerationOptions {
  const given: Record<string, unknown> = { ...request, ...rest }
  const names = Object.keys(generationOptions.entries)
  return Object.fromEntries(names.map((name) => [name, given[name]])) as GenerationOptions
}
