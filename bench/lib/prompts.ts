import { Random } from '../../decoder/numerics/random.ts'
import type { Prompt } from '../engines/engine.ts'
import { LETTER_COUNT, letter } from '../models/vocabulary.ts'

/** Makes a prompt of so many tokens, another one each time: an engine that knows the last one has no help from it. */
export type PromptMaker = (tokens: number) => Prompt

/** For models with the made-up vocabulary: letters. */
export function letterPrompts(seed: number): PromptMaker {
  const random = new Random(seed)
  return (tokens) => {
    const letters = Array.from({ length: tokens }, () =>
      letter(Math.floor(random.next() * LETTER_COUNT)),
    )
    return { ids: letters.map(({ id }) => id), text: letters.map(({ text }) => text).join('') }
  }
}

const WORDS = 'we are open late on sunday and the kitchen makes soup bread cake tea for two or more'

/** For real models: words in any order. The text is that of the ids but for a word cut at the end. */
export function wordPrompts(encode: (text: string) => number[], seed: number): PromptMaker {
  const random = new Random(seed)
  const words = WORDS.split(' ')
  return (tokens) => {
    const chosen: string[] = []
    let ids: number[] = []
    while (ids.length < tokens) {
      chosen.push(words[Math.floor(random.next() * words.length)]!)
      ids = encode(chosen.join(' '))
    }
    return { ids: ids.slice(0, tokens), text: chosen.join(' ') }
  }
}
