import { DecodingError } from '../errors.ts'
import type { Tokenizer } from '../tokenizer.ts'
import type { ChatMessage, ChatTemplate } from './chat-template.ts'

/**
 * Rendered chats and raw prompts to token ids.
 *
 * In a chat, only the template may write control tokens. A visitor who types `<|im_end|>` typed nine ordinary
 * characters: before rendering, whatever looks like a control token inside a message gets an unused character put into
 * it, so that cutting the rendered text at control tokens finds the template's own alone; then it is taken out again.
 */
export class PromptEncoder {
  private readonly tokenizer: Tokenizer
  private readonly control: RegExp | null
  private readonly chatTemplate: ChatTemplate | null

  /** @param chatTemplate  without one, chats are refused */
  constructor(tokenizer: Tokenizer, chatTemplate: ChatTemplate | null = null) {
    this.tokenizer = tokenizer
    this.chatTemplate = chatTemplate
    const texts = [...tokenizer.specialTokens.keys()].filter((text) => text.length > 0)
    texts.sort((a, b) => b.length - a.length)
    this.control =
      texts.length > 0 ? new RegExp(`(${texts.map(escapeForRegExp).join('|')})`, 'u') : null
  }

  /** Raw prompt: its writer is trusted with control tokens. */
  encodePrompt(text: string): number[] {
    return this.withPrefix(this.encodeParts(text, (part) => part))
  }

  /** @throws {DecodingError} template_error, or unsupported_value without a template */
  renderChat(messages: readonly ChatMessage[]): string {
    return this.template().render(messages)
  }

  /**
   * @param openAnswer  whether the prompt ends with the beginning of an answer
   * @throws {DecodingError} as `renderChat`
   */
  encodeChat(messages: readonly ChatMessage[], openAnswer = true): number[] {
    const template = this.template()
    const mark = unusedCharacter(messages)
    const marked = messages.map((message) => ({
      ...message,
      content: this.mark(message.content, mark),
    }))
    const rendered = template.render(marked, openAnswer)
    return this.withPrefix(this.encodeParts(rendered, (part) => part.replaceAll(mark, '')))
  }

  private template(): ChatTemplate {
    if (this.chatTemplate) return this.chatTemplate
    throw new DecodingError(
      'This model has no chat template: send a prompt to the completions endpoint instead',
      'unsupported_value',
      'messages',
    )
  }

  private encodeParts(text: string, clean: (part: string) => string): number[] {
    const ids: number[] = []
    const { lstrip, rstrip, specialTokens } = this.tokenizer
    // A capturing split alternates: ordinary text, control token, ordinary text …
    const parts = this.control ? text.split(this.control) : [text]
    for (const [index, part] of parts.entries()) {
      if (index % 2 === 1) {
        ids.push(specialTokens.get(part)!)
        continue
      }
      const [before = '', after = ''] = [parts[index - 1], parts[index + 1]]
      let between = clean(part)
      if (rstrip?.has(before)) between = between.trimStart()
      if (lstrip?.has(after)) between = between.trimEnd()
      if (between === '') continue
      for (const id of this.tokenizer.encode(between)) ids.push(id)
    }
    return ids
  }

  /** Exactly one prefix id where the tokenizer asks for one, whether or not the template wrote it too. */
  private withPrefix(ids: number[]): number[] {
    const { prefixId } = this.tokenizer
    return prefixId === null || ids[0] === prefixId ? ids : [prefixId, ...ids]
  }

  /** Puts `mark` after the first character of each control token's text. */
  private mark(content: string, mark: string): string {
    if (!this.control) return content
    return content.replace(new RegExp(this.control, 'gu'), (token) => {
      const [first] = token
      return first! + mark + token.slice(first!.length)
    })
  }
}

/** One of Unicode's noncharacters, reserved for uses inside a program, that no message contains. */
function unusedCharacter(messages: readonly ChatMessage[]): string {
  for (let code = 0xfdd0; code <= 0xfdef; code++) {
    const character = String.fromCharCode(code)
    if (!messages.some(({ content }) => content.includes(character))) return character
  }
  throw new RangeError('Messages use all of Unicode’s noncharacters')
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
