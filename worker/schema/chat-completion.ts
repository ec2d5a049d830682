import * as v from 'valibot'
import { reportingOptions } from '../../decoder/index.ts'
import { invalid } from '../http/api-error.ts'
import { checkFields, generationFields, optionsOf, widthOf } from './generation-request.ts'
import { messages, toChat } from './messages.ts'
import { parseRequest } from './parse.ts'
import { toolFields, toolsOf } from './tools.ts'

const schema = v.object({
  ...generationFields,
  ...toolFields,
  messages,
  logprobs: v.nullish(v.boolean(), false),
  top_logprobs: reportingOptions.top_logprobs,
  /** Supersedes max_tokens; newer clients send this one. */
  max_completion_tokens: generationFields.max_tokens,
})

/** Body of POST /v1/chat/completions. @throws {ApiError} 400 */
export function parseChatCompletion(body: Record<string, unknown>) {
  const { request, ignored } = parseRequest(schema, body, 'chat')
  const max_tokens = request.max_completion_tokens ?? request.max_tokens
  checkFields({ ...request, max_tokens })
  if (request.top_logprobs > 0 && !request.logprobs) {
    throw invalid('top_logprobs may only be set when logprobs is true.', 'top_logprobs')
  }
  const width = widthOf(request)
  const { tools, calls } = toolsOf(request)
  return {
    model: request.model,
    chat: toChat(request.messages, tools),
    hasTools: calls !== null,
    n: request.n,
    best_of: width > 1 ? request.n : (request.best_of ?? request.n),
    stream: request.stream,
    includeUsage: request.stream_options?.include_usage ?? false,
    includeBeams: request.stream_options?.include_beams ?? false,
    logprobs: request.logprobs,
    promptLogprobs: request.prompt_logprobs ?? null,
    width,
    options: optionsOf(request, {
      max_tokens,
      top_logprobs: request.top_logprobs,
      tool_calls: calls,
    }),
    ignored,
  }
}
