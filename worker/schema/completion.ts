import * as v from 'valibot'
import { invalid } from '../http/api-error.ts'
import {
  checkFields,
  generationFields,
  MAX_CHOICES,
  optionsOf,
  widthOf,
} from './generation-request.ts'
import { parseRequest } from './parse.ts'

/** OpenAI's own limit; chat completions go further. */
const MAX_LOGPROBS = 5
/** What OpenAI's API generates when max_tokens is left out; clients that leave it out count on it. */
const DEFAULT_MAX_TOKENS = 16

const count = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(max))

const schema = v.object({
  ...generationFields,
  prompt: v.nullable(
    v.union([v.string(), v.array(v.union([v.string(), v.number(), v.array(v.number())]))]),
  ),
  logprobs: v.nullish(count(MAX_LOGPROBS)),
  echo: v.nullish(v.boolean(), false),
})

/** One prompt as it was given; null asks for what the model says out of nothing. */
export type GivenPrompt = string | number[] | null

/** Body of POST /v1/completions. @throws {ApiError} 400 */
export function parseCompletion(body: Record<string, unknown>) {
  const { request, ignored } = parseRequest(schema, body, 'completion')
  const max_tokens = request.max_tokens ?? DEFAULT_MAX_TOKENS
  checkFields({ ...request, max_tokens })
  const { n, echo } = request
  if (echo && request.logprobs != null && request.sliding_window) {
    const words = 'echo with logprobs is of a prompt that is seen whole: leave out sliding_window.'
    throw invalid(words, 'echo')
  }
  const width = widthOf(request)
  const best_of = width > 1 ? n : (request.best_of ?? n)
  const prompts = toPrompts(request.prompt)
  if (prompts.length * Math.max(best_of, width) > MAX_CHOICES) {
    throw invalid(
      `The number of prompts times n, best_of or beams must be at most ${MAX_CHOICES}.`,
      'prompt',
    )
  }
  return {
    model: request.model,
    prompts,
    n,
    best_of,
    stream: request.stream,
    includeUsage: request.stream_options?.include_usage ?? false,
    includeBeams: request.stream_options?.include_beams ?? false,
    echo,
    logprobs: request.logprobs ?? null,
    promptLogprobs: request.prompt_logprobs ?? null,
    width,
    options: optionsOf(request, { max_tokens, top_logprobs: request.logprobs ?? 0 }),
    ignored,
  }
}

/** The four shapes of `prompt`. A list must be of one kind; one that is empty is refused, as vLLM does. */
function toPrompts(prompt: v.InferOutput<typeof schema>['prompt']): GivenPrompt[] {
  if (prompt === null || typeof prompt === 'string') return [prompt]
  if (prompt.length === 0) throw invalid('prompt must not be empty.', 'prompt')
  if (prompt.every((item) => typeof item === 'number')) return [prompt]
  if (prompt.every((item) => typeof item === 'string')) return prompt
  if (prompt.every((item) => Array.isArray(item))) {
    const empty = prompt.findIndex((ids) => ids.length === 0)
    if (empty >= 0) throw invalid(`prompt[${empty}] must not be empty.`, `prompt[${empty}]`)
    return prompt
  }
  throw invalid('prompt must be texts, token ids or lists of token ids, not a mixture.', 'prompt')
}
