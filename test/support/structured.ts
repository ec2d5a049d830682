import * as v from 'valibot'
import {
  type DoneEvent,
  type GenerationInput,
  generationOptions,
  TextGenerator,
} from '../../decoder/index.ts'
import { ByteTokenizer } from './byte-tokenizer.ts'
import { markovLogits } from './markov-model.ts'
import { TableModel } from './table-model.ts'

/** Pieces that cut JSON and characters in awkward places. */
const PIECES = [
  '{"',
  '":',
  '": ',
  '", "',
  '"}',
  '],',
  '  ',
  '\n',
  '\n\n  ',
  'true',
  'fal',
  'se',
  'nul',
  'name',
  'na',
  'me":',
  '12',
  '.5',
  'e1',
  'aa',
  'ab',
  '<tool',
  '_call>',
  'é',
  'gr',
  'red',
  [0xe5, 0x90],
  [0x8d, 0x22],
  [0xf0, 0x9f],
  [0x98, 0x80, 0x22],
]
export const tokenizer = new ByteTokenizer(undefined, PIECES)
export const END = 2

/**
 * A generator whose model has its own mind about every token, and likes these best at all times.
 *
 * @param liked  texts of tokens
 */
export function wilful(seed: number, liked: readonly string[] = [], contextLength = 2000) {
  const logits = markovLogits(tokenizer.vocabSize, seed)
  const ids = liked.map((text) => tokenizer.encode(text)).filter((found) => found.length === 1)
  const next = (tokens: readonly number[]) => {
    const row = [...logits(tokens)]
    for (const [rank, [id]] of ids.entries()) row[id!] = 100 - rank
    return row
  }
  const config = { vocabSize: tokenizer.vocabSize, eosIds: [END], contextLength, parameters: 1e6 }
  return new TextGenerator({ model: new TableModel(next, config), tokenizer })
}

export interface Answered {
  text: string
  done: DoneEvent
  ids: number[]
}

/** All answers of a generation. */
export async function answers(
  generator: TextGenerator,
  input: GenerationInput,
): Promise<Answered[]> {
  const options = v.parse(generationOptions, { max_tokens: 1000, ...input })
  const found: Answered[] = []
  let text = ''
  let ids: number[] = []
  for await (const batch of generator.generate([5, 5], options)) {
    for (const event of batch) {
      if (event.type === 'text') {
        text += event.text
        ids.push(...event.tokens.map(({ id }) => id))
      } else if (event.type === 'done') {
        found.push({ text, ids, done: event })
        text = ''
        ids = []
      }
    }
  }
  return found
}

export const answer = async (generator: TextGenerator, input: GenerationInput) =>
  (await answers(generator, input))[0]!
