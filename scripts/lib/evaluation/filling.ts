import {
  type MaskedModel,
  maskPredict,
  parseOptions,
  type TextGenerator,
} from '../../../decoder/index.ts'
import { firstPrompt } from './ask.ts'
import type { Question } from './questions.ts'

const LONGEST = 40
/** Of the prompt; the masked model was trained on no more. */
const CONTEXT = 200

/** How near a masked model's answers, filled in all at once, come to those written token by token. */
export interface Filling {
  /** Share of the tokens that are the same, 0 to 1. */
  tokens: number
  /** Share of the answers that are the same from end to end. */
  answers: number
}

/**
 * Fills in, in so many passes, the answers that the chat model writes greedily; their length is given.
 *
 * @returns for each number of passes; nothing for answers that are longer than a masked model takes
 */
export async function filling(
  generator: TextGenerator,
  model: MaskedModel,
  questions: readonly Question[],
  passes: readonly number[],
): Promise<Map<number, Filling>> {
  const right = new Map(passes.map((count) => [count, { tokens: 0, answers: 0 }]))
  let tokens = 0
  let answers = 0
  for (const question of questions) {
    const prompt = await firstPrompt(generator, question)
    const answer = await written(generator, prompt)
    if (answer.length === 0 || answer.length >= LONGEST) continue
    tokens += answer.length
    answers++
    for (const count of passes) {
      let ids: number[] = []
      for await (const filled of maskPredict(model, prompt.slice(-CONTEXT), answer.length, count)) {
        ids = filled.ids
      }
      const same = answer.filter((id, place) => ids[place] === id).length
      const sum = right.get(count)!
      sum.tokens += same
      sum.answers += Number(same === answer.length)
    }
  }
  return new Map(
    [...right].map(([count, sum]) => [
      count,
      { tokens: sum.tokens / tokens, answers: sum.answers / answers },
    ]),
  )
}

/** The greedy answer's ids, the end token left out. */
async function written(generator: TextGenerator, prompt: readonly number[]): Promise<number[]> {
  const options = parseOptions({ temperature: 0, max_tokens: LONGEST })
  const ids: number[] = []
  for await (const batch of generator.generate(prompt, options)) {
    for (const event of batch) {
      if (event.type === 'text') ids.push(...event.tokens.map(({ id }) => id))
    }
  }
  return ids
}
