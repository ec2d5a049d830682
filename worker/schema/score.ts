import * as v from 'valibot'
import type { ChatMessage } from '../../decoder/index.ts'
import { invalid } from '../http/api-error.ts'
import { messages, toChat } from './messages.ts'
import { parse } from './parse.ts'

const score = v.object({
  model: v.nullish(v.string()),
  text: v.nullish(v.pipe(v.string(), v.minLength(1))),
  messages: v.nullish(messages),
  token_ids: v.nullish(v.pipe(v.array(v.number()), v.minLength(1))),
})

/** What is to be scored, in one of three forms. */
export type Scorable =
  | { kind: 'text'; text: string }
  | { kind: 'messages'; chat: ChatMessage[] }
  | { kind: 'token_ids'; ids: number[] }

/** Body of POST /v1/score. @throws {ApiError} 400 */
export function parseScore(body: Record<string, unknown>): {
  model: string | null | undefined
  input: Scorable
} {
  const { model, text, messages, token_ids } = parse(score, body)
  const given: Scorable[] = []
  if (text != null) given.push({ kind: 'text', text })
  if (messages != null) given.push({ kind: 'messages', chat: toChat(messages) })
  if (token_ids != null) given.push({ kind: 'token_ids', ids: token_ids })
  const [input, second] = given
  if (!input) throw invalid('text, messages or token_ids is required.', 'text')
  if (second) throw invalid('Give one of text, messages and token_ids.', second.kind)
  return { model, input }
}
