import * as v from 'valibot'
import { invalid } from '../http/api-error.ts'
import { messages, toChat } from './messages.ts'
import { parse } from './parse.ts'

const flag = (fallback: boolean) => v.nullish(v.boolean(), fallback)

const tokenize = v.object({
  content: v.nullish(v.string()),
  /** Instead of `content`: a chat, cut as /v1/chat/completions would. */
  messages: v.nullish(messages),
  add_special: flag(false),
  parse_special: flag(true),
  with_pieces: flag(false),
})

/** Body of POST /tokenize, with llama.cpp's fields and defaults. @throws {ApiError} 400 */
export function parseTokenize(body: Record<string, unknown>) {
  const { content, messages: list, ...flags } = parse(tokenize, body)
  if (list != null && content != null) {
    throw invalid('Give either content or messages, not both.', 'messages')
  }
  if (list != null) return { chat: toChat(list), content: null, ...flags }
  if (content == null) throw invalid('content is required.', 'content')
  return { chat: null, content, ...flags }
}

const detokenize = v.object({ tokens: v.array(v.number()) })

/** Body of POST /detokenize. @throws {ApiError} 400 */
export function parseDetokenize(body: Record<string, unknown>): number[] {
  return parse(detokenize, body).tokens
}

const applyTemplate = v.object({ messages })

/** Body of POST /apply-template. @throws {ApiError} 400 */
export function parseApplyTemplate(body: Record<string, unknown>) {
  return toChat(parse(applyTemplate, body).messages)
}
