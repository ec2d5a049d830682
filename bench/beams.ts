import { parseOptions, TextGenerator } from '../decoder/index.ts'
import { loadForNode } from '../scripts/lib/load-model.ts'
import { locateModel } from '../scripts/lib/model-location.ts'
import { compare, compete, type Result } from './lib/measure.ts'
import type { Entry } from './models/entries.ts'

const WIDTH = 4
const PROMPT = 16
const TOKENS = 48
const PROMPTS = 50

/**
 * What a search of 4 beams costs: tokens of its answer a second, against greedy decoding. And how often it misses: prompts
 * whose greedy answer of the same length is likelier than the best beam.
 */
export async function benchBeams({ name, folder, promptOf, rounds }: Entry): Promise<Result[]> {
  const { model, tokenizer } = await loadForNode(locateModel(folder), 'simd')
  const generator = new TextGenerator({ model, tokenizer, contextBytes: 0 })
  const optionsOf = (beams: number) =>
    parseOptions({
      temperature: 0,
      max_tokens: TOKENS,
      ignore_eos: true,
      ...(beams > 1 && { num_beams: beams, length_penalty: 0 }),
    })
  /** The log-probability of an answer. */
  const answer = async (prompt: number[], beams: number) => {
    let sum = 0
    for await (const batch of generator.generate(prompt, optionsOf(beams))) {
      for (const event of batch) {
        if (event.type === 'text') for (const { logprob } of event.tokens) sum += logprob
      }
    }
    return sum
  }
  const speed = async (beams: number) => {
    const { ids } = promptOf(PROMPT)
    const start = performance.now()
    await answer(ids, beams)
    return (1000 * TOKENS) / (performance.now() - start)
  }
  const results = await compete({
    name: `${name}, beams: an answer by ${WIDTH} beams, prompt included`,
    unit: 'tokens/s',
    ours: () => speed(WIDTH),
    peers: { greedy: () => speed(1) },
    rounds: Math.min(rounds, 5),
  })
  let missed = 0
  for (let i = 0; i < PROMPTS; i++) {
    const { ids } = promptOf(PROMPT)
    if ((await answer(ids, WIDTH)) < (await answer(ids, 1)) - 1e-6) missed++
  }
  const what = `${name}, beams: prompts whose greedy answer is likelier than that of ${WIDTH} beams`
  results.push(compare(what, 'prompts', missed, 'asked', PROMPTS))
  await model.dispose()
  return results
}
