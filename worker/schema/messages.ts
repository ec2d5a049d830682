import * as v from 'valibot'
import { type ChatMessage, type Tool, type ToolMessage, toolPrompt } from '../../decoder/index.ts'
import { invalid } from '../http/api-error.ts'

export const MAX_MESSAGES = 256
const MAX_CALLS = 128

const textPart = v.object({ type: v.string(), text: v.optional(v.string()) })

const toolCall = v.object({
  id: v.nullish(v.string()),
  type: v.nullish(v.literal('function'), 'function'),
  function: v.object({
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
    /** JSON as text. */
    arguments: v.string(),
  }),
})

const message = v.object({
  role: v.string(),
  content: v.nullish(v.union([v.string(), v.array(textPart)])),
  tool_calls: v.nullish(v.pipe(v.array(toolCall), v.maxLength(MAX_CALLS)), []),
  tool_call_id: v.nullish(v.string()),
  function_call: v.nullish(v.unknown()),
})

/** A chat as it arrives; `toChat` checks what depends on several fields. */
export const messages = v.pipe(v.array(message), v.minLength(1), v.maxLength(MAX_MESSAGES))

type Message = v.InferOutput<typeof message>

const ROLES: Record<string, ChatMessage['role']> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
}

/**
 * @param tools  those that the answer may call
 * @throws {ApiError} 400 naming the message and member at fault
 */
export function toChat(list: readonly Message[], tools: readonly Tool[] = []): ChatMessage[] {
  return toolPrompt(
    list.map((message, index) => toMessage(message, `messages[${index}]`)),
    tools,
  )
}

function toMessage(message: Message, at: string): ToolMessage {
  const { content, tool_calls, tool_call_id, function_call } = message
  const role = Object.hasOwn(ROLES, message.role) ? ROLES[message.role] : undefined
  if (!role) {
    throw message.role === 'function'
      ? invalid('Functions are now tools: use the role "tool".', `${at}.role`, 'unsupported_value')
      : invalid(`${at}.role must be system, developer, user, assistant or tool.`, `${at}.role`)
  }
  if (function_call != null) {
    const param = `${at}.function_call`
    throw invalid('Functions are now tools: use tool_calls.', param, 'unsupported_value')
  }
  if (tool_calls.length > 0 && role !== 'assistant') {
    throw invalid(`${at}.tool_calls belong to the assistant.`, `${at}.tool_calls`)
  }
  if (role === 'tool' && tool_call_id == null) {
    throw invalid(`${at}.tool_call_id is required.`, `${at}.tool_call_id`)
  }
  const text = textOf(content, role, `${at}.content`)
  return { role, content: text, tool_calls: tool_calls.map((call) => call.function) }
}

function textOf(content: Message['content'], role: ChatMessage['role'], at: string): string {
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
