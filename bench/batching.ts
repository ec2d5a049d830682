import { parseOptions, TextGenerator } from '../decoder/index.ts'
import { loadForNode } from '../scripts/lib/load-model.ts'
import { locateModel } from '../scripts/lib/model-location.ts'
import { compete, type Result } from './lib/measure.ts'
import type { Entry } from './models/entries.ts'

const STREAMS = 16
const PROMPT = 16
const TOKENS = 48

/** What sharing passes gains: all tokens of 16 streams at once, against those of one stream alone. */
export async function benchBatching({ name, folder, promptOf, rounds }: Entry): Promise<Result[]> {
  const { model, tokenizer } = await loadForNode(locateModel(folder), 'simd')
  const generator = new TextGenerator({ model, tokenizer, contextBytes: 0 })
  const options = parseOptions({
    temperature: 0,
    max_tokens: TOKENS,
    ignore_eos: true,
  })
  const stream = async () => {
    for await (const _ of generator.generate(promptOf(PROMPT).ids, options));
  }
  const speed = async (streams: number) => {
    const start = performance.now()
    await Promise.all(Array.from({ length: streams }, stream))
    return (1000 * streams * TOKENS) / (performance.now() - start)
  }
  const results = await compete({
    name: `${name}, batching: ${STREAMS} streams at once, prompts included`,
    unit: 'tokens/s',
    ours: () => speed(STREAMS),
    peers: { 'one stream': () => speed(1) },
    rounds: Math.min(rounds, 5),
  })
  await model.dispose()
  return results
}
