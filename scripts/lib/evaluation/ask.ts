import { type ChatMessage, parseOptions, type TextGenerator } from '../../../decoder/index.ts'
import type { Question } from './questions.ts'

/** Of an answer. */
export const MAX_TOKENS = 80

/** The greedy answer to a question's last ask, after the model's own answers to those before. */
export async function ask(generator: TextGenerator, { system, asks }: Question): Promise<string> {
  const options = parseOptions({ temperature: 0, max_tokens: MAX_TOKENS })
  const messages = opening(system)
  let answer = ''
  for (const content of asks) {
    messages.push({ role: 'user', content })
    const prompt = await promptOf(generator, messages)
    answer = ''
    for await (const batch of generator.generate(prompt, options)) {
      for (const event of batch) if (event.type === 'text') answer += event.text
    }
    messages.push({ role: 'assistant', content: answer })
  }
  return answer
}

/** The ids that the answer to a question's first ask goes on from. */
export function firstPrompt(
  generator: TextGenerator,
  { system, asks }: Question,
): Promise<number[]> {
  return promptOf(generator, [...opening(system), { role: 'user', content: asks[0]! }])
}

function opening(system: string | undefined): ChatMessage[] {
  return system ? [{ role: 'system', content: system }] : []
}

/** What a short context can't hold is lost at the front, as it would be in a chat that has grown too long. */
async function promptOf(generator: TextGenerator, messages: ChatMessage[]): Promise<number[]> {
  const room = generator.model.config.contextLength - MAX_TOKENS
  const { ids } = await generator.choose(generator.promptsOf(messages))
  return ids.slice(-room)
}
