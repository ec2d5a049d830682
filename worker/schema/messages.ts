import * as v from 'valibot'
import type { ChatMessage } from '../../decoder/index.ts'
import { invalid } from '../http/api-error.ts'

export const MAX_MESSAGES = 256

const textPart = v.object({ type: v.string(), text: v.optional(v.string()) })

const message = v.object({
  role: v.string(),
  content: v.nullish(v.union([v.string(), v.array(textPart)])),
  tool_calls: v.nullish(v.array(v.unknown())),
  function_call: v.nullish(v.unknown()),
})

/** A chat as it arrives; `toChat` checks what depends on several fields. */
export const messages = v.pipe(v.array(message), v.minLength(1), v.maxLength(MAX_MESSAGES))

const ROLES: Record<string, ChatMessage['role']> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
}

/** @throws {ApiError} 400 naming the message and member at fault */
export function toChat(list: v.InferOutput<typeof messages>): ChatMessage[] {
  return list.map((message, index) => {
    const at = `messages[${index}]`
    const role = Object.hasOwn(ROLES, message.role) ? ROLES[message.role] : undefined
    if (!role) {
      const isTool = message.role === 'tool' || message.role === 'function'
      throw isTool
        ? invalid('Tools are not supported here.', `${at}.role`, 'unsupported_value')
        : invalid(`${at}.role must be system, developer, user or assistant.`, `${at}.role`)
    }
    for (const member of ['tool_calls', 'function_call'] as const) {
      const value = message[member]
      if (value == null || (Array.isArray(value) && value.length === 0)) continue
      throw invalid('Tools are not supported here.', `${at}.${member}`, 'unsupported_value')
    }
    return { role, content: textOf(message.content, role, `${at}.content`) }
  })
}

function textOf(
  content: v.InferOutput<typeof message>['content'],
  role: ChatMessage['role'],
  at: string,
): string {
  if (typeof content === 'string') return content
  // An assistant's turn may be empty: it said nothing, or was stopped before it did.
  if (content == null) {
    if (role === 'assistant') return ''
    throw invalid(`${at} is required.`, at)
  }
  const texts = content.map((part, index) => {
    if (part.type !== 'text') {
      throw invalid(
        `${at}[${index}].type must be "text": this model reads nothing else.`,
        `${at}[${index}].type`,
        'unsupported_value',
      )
    }
    if (part.text === undefined) {
      throw invalid(`${at}[${index}].text is required.`, `${at}[${index}].text`)
    }
    return part.text
  })
  // As llama.cpp and vLLM join them: parts are separate texts, and must not grow together into one word.
  return texts.join('\n')
}
