import { type ChatMessage, parseOptions, type TextGenerator } from '../../../decoder/index.ts'
import type { Question } from './questions.ts'

const MAX_TOKENS = 80

/** The greedy answer to a question's last ask, after the model's own answers to those before. */
export async function ask(generator: TextGenerator, { system, asks }: Question): Promise<string> {
  const options = parseOptions({ temperature: 0, max_tokens: MAX_TOKENS })
  const messages: ChatMessage[] = system ? [{ role: 'system', content: system }] : []
  const room = generator.model.config.contextLength - MAX_TOKENS
  let answer = ''
  for (const content of asks) {
    messages.push({ role: 'user', content })
    // What a short context can't hold is lost at the front, as it would be in a chat that has grown too long.
    const prompt = generator.encodeChat(messages).slice(-room)
    answer = ''
    for await (const batch of generator.generate(prompt, options)) {
      for (const event of batch) if (event.type === 'text') answer += event.text
    }
    messages.push({ role: 'assistant', content: answer })
  }
  return answer
}
