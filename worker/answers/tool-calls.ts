import { ToolCallParser } from '../../decoder/index.ts'

/** What a piece of an answer adds to its message, in OpenAI's shape of a stream. */
export interface MessageDelta {
  content?: string
  tool_calls?: CallDelta[]
}

export interface CallDelta {
  index: number
  /** With a call's first delta alone. */
  id?: string
  type?: 'function'
  function: { name?: string; arguments: string }
}

/** Reads the messages of an answer's choices out of their text. */
export interface MessageReader {
  /** Calls so far. */
  readonly calls: number
  push(text: string): MessageDelta[]
  /** The rest, when the choice is over. */
  finish(): MessageDelta[]
}

/** An answer that may call no tool: all of it is content. */
export class TextReader implements MessageReader {
  readonly calls = 0

  push(content: string): MessageDelta[] {
    return content === '' ? [] : [{ content }]
  }

  finish(): MessageDelta[] {
    return []
  }
}

/** An answer that may call tools. */
export class CallReader implements MessageReader {
  calls = 0
  readonly #parser = new ToolCallParser()

  push(text: string): MessageDelta[] {
    return this.#parser.push(text).map((part) => this.#delta(part))
  }

  finish(): MessageDelta[] {
    return this.#parser.finish().map((part) => this.#delta(part))
  }

  #delta(part: ReturnType<ToolCallParser['push']>[number]): MessageDelta {
    if (part.type === 'content') return { content: part.text }
    const { index } = part
    if (part.type === 'arguments') {
      return { tool_calls: [{ index, function: { arguments: part.text } }] }
    }
    this.calls++
    const id = `call_${crypto.randomUUID().replaceAll('-', '').slice(0, 24)}`
    return {
      tool_calls: [{ index, id, type: 'function', function: { name: part.name, arguments: '' } }],
    }
  }
}

/** The whole message that deltas add up to. */
export function messageOf(deltas: readonly MessageDelta[]) {
  let content = ''
  const tool_calls: {
    id: string
    type: 'function'
    function: { name: string; arguments: string }
  }[] = []
  for (const delta of deltas) {
    content += delta.content ?? ''
    for (const {
      index,
      id,
      function: { name, arguments: args },
    } of delta.tool_calls ?? []) {
      const call = tool_calls[index]
      if (call) call.function.arguments += args
      else
        tool_calls.push({ id: id!, type: 'function', function: { name: name!, arguments: args } })
    }
  }
  const isSilent = content === '' && tool_calls.length > 0
  return {
    role: 'assistant',
    content: isSilent ? null : content,
    refusal: null,
    ...(tool_calls.length > 0 && { tool_calls }),
  }
}
