import { Environment, Interpreter, Template } from '@huggingface/jinja'
import { DecodingError } from '../errors.ts'
import { strftime } from './strftime.ts'
import { unknownCalls } from './template-calls.ts'

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool'
  content: string
}

/** A model's chat template: Jinja source in, text of the prompt out. */
export class ChatTemplate {
  private readonly program: Template['parsed']
  private readonly variables: Record<string, unknown>

  /**
   * @param source     Jinja, as in tokenizer_config.json or a GGUF's metadata
   * @param variables  what the template may refer to besides the chat: bos_token, eos_token …
   * @param now        the clock of templates that print the date
   * @throws {DecodingError} template_error if it does not parse or calls a function that does not exist
   */
  constructor(source: string, variables: Record<string, unknown> = {}, now = () => new Date()) {
    try {
      this.program = new Template(source).parsed
    } catch (error) {
      throw new DecodingError(
        `The chat template does not parse: ${messageOf(error)}`,
        'template_error',
      )
    }
    this.variables = {
      ...TEMPLATE_GLOBALS,
      ...variables,
      strftime_now: (format: string) => strftime(now(), format),
    }
    const unknown = unknownCalls(this.program, Object.keys(this.variables))
    if (unknown.length > 0) {
      throw new DecodingError(
        `The chat template calls ${unknown.join(', ')}, which does not exist here`,
        'template_error',
      )
    }
  }

  /**
   * The prompt that ends where the assistant's answer begins. A template that refuses a system message gets its text
   * at the head of the first user message instead.
   *
   * @param openAnswer  false: the text of the chat itself, with no answer begun after it
   * @throws {DecodingError} template_error with the template's own words if it refuses the chat
   */
  render(messages: readonly ChatMessage[], openAnswer = true): string {
    try {
      return this.run(messages, openAnswer)
    } catch (error) {
      const [system, first, ...rest] = messages
      if (system?.role === 'system' && first?.role === 'user') {
        const content = `${system.content}\n\n${first.content}`
        try {
          return this.run([{ ...first, content }, ...rest], openAnswer)
        } catch {
          // The system message was not what it minded: its first complaint is the true one.
        }
      }
      throw new DecodingError(
        `The model's chat template refused these messages: ${messageOf(error)}`,
        'template_error',
        'messages',
      )
    }
  }

  private run(messages: readonly ChatMessage[], openAnswer: boolean): string {
    const environment = new Environment()
    const variables = { ...this.variables, messages, add_generation_prompt: openAnswer }
    for (const [name, value] of Object.entries(variables)) environment.set(name, value)
    return String(new Interpreter(environment).run(this.program).value)
  }
}

/**
 * What every chat template may use (transformers' `chat_template_utils`). The library's own `render` brings a
 * `strftime_now` that speaks the machine's language and knows few directives, and lets nobody replace it.
 */
const TEMPLATE_GLOBALS = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  raise_exception(message: string): never {
    throw new Error(message)
  },
  range(start: number, stop?: number, step = 1): number[] {
    const [from, to] = stop === undefined ? [0, start] : [start, stop]
    const count = Math.max(0, Math.ceil((to - from) / step))
    if (!(count <= 10_000)) throw new Error('range of more than 10,000 numbers')
    return Array.from({ length: count }, (_, i) => from + i * step)
  },
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
