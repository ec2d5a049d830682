import type { ChatMessage } from '../conversation/chat-template.ts'
import { CALL_BEGIN, CALL_END, callText } from './tool-format.ts'

export interface Tool {
  name: string
  description?: string | null | undefined
  /** JSON schema of the arguments. */
  parameters: Record<string, unknown>
}

export interface ToolCall {
  name: string
  /** A JSON object as text. */
  arguments: string
}

/** A message of a chat with tools: an assistant's may have calls, and what they returned has the role `tool`. */
export interface ToolMessage extends ChatMessage {
  tool_calls?: readonly ToolCall[]
}

/**
 * A chat with tools as one that every chat template understands: tools stand in the system message, calls in the assistant's
 * text, and what they returned in the next user message.
 *
 * @param tools  those that may be called now
 */
export function toolPrompt(
  messages: readonly ToolMessage[],
  tools: readonly Tool[],
): ChatMessage[] {
  const chat: ChatMessage[] = []
  let isResponse = false
  for (const { role, content, tool_calls = [] } of messages) {
    const before = chat.at(-1)
    if (role === 'tool') {
      const response = `<tool_response>\n${content}\n</tool_response>`
      // Templates want turns, and several results are one turn.
      if (isResponse)
        chat[chat.length - 1] = { role: 'user', content: `${before!.content}\n${response}` }
      else chat.push({ role: 'user', content: response })
    } else {
      const calls = tool_calls.map((call) => callText(call.name, call.arguments))
      chat.push({ role, content: [...(content ? [content] : []), ...calls].join('\n') })
    }
    isResponse = role === 'tool'
  }
  if (tools.length === 0) return chat
  const [system, ...rest] = chat
  if (system?.role !== 'system') return [{ role: 'system', content: describe(tools) }, ...chat]
  return [{ role: 'system', content: `${system.content}\n\n${describe(tools)}` }, ...rest]
}

function describe(tools: readonly Tool[]): string {
  const lines = tools.map(({ name, description, parameters }) =>
    JSON.stringify({
      type: 'function',
      function: { name, ...(description && { description }), parameters },
    }),
  )
  return `You can call functions. Each line between <tools> and </tools> describes one:
<tools>
${lines.join('\n')}
</tools>
To call one, write its name and arguments as JSON between tags, and nothing after them:
${CALL_BEGIN}
{"name": <name>, "arguments": <arguments>}
${CALL_END}`
}
