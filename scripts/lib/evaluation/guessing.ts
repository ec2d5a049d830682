import { parseOptions, type Speculation, type TextGenerator } from '../../../decoder/index.ts'
import { firstPrompt, MAX_TOKENS } from './ask.ts'
import type { Question } from './questions.ts'

const NUM_TOKENS = 3

export type GuessingMethod = 'ngram' | 'draft_model' | 'mtp'

/** What a method of speculative decoding guesses of greedy answers. */
export interface Guessing {
  /** Share of the guessed tokens that became part of the answer, 0 to 1. */
  accepted: number
  /** Tokens that a pass of the model came to on average, from 1 (none guessed right) to 4. */
  tokensPerPass: number
}

/** Answers the first ask of each question greedily, with three tokens guessed before each pass. */
export async function guessing(
  generator: TextGenerator,
  questions: readonly Question[],
  method: GuessingMethod,
): Promise<Guessing> {
  const options = parseOptions({
    temperature: 0,
    max_tokens: MAX_TOKENS,
    speculative: { method, num_tokens: NUM_TOKENS },
  })
  const sum: Speculation & { tokens: number } = { proposed: 0, accepted: 0, passes: 0, tokens: 0 }
  for (const question of questions) {
    const prompt = await firstPrompt(generator, question)
    for await (const batch of generator.generate(prompt, options)) {
      for (const event of batch) {
        if (event.type !== 'done') continue
        const { completion_tokens, speculation } = event.usage
        sum.tokens += completion_tokens
        sum.proposed += speculation?.proposed ?? 0
        sum.accepted += speculation?.accepted ?? 0
        sum.passes += speculation?.passes ?? completion_tokens
      }
    }
  }
  return { accepted: sum.accepted / sum.proposed, tokensPerPass: sum.tokens / sum.passes }
}
