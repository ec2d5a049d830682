import * as v from 'valibot'
import { beforeAll, expect, test } from 'vitest'
import {
  type DoneEvent,
  type GenerationInput,
  generationOptions,
  type MultiTokenModel,
  TextGenerator,
  type TextToken,
} from '../../../decoder/index.ts'
import type { LoadedModel } from '../../../runtimes/loaded-model.ts'
import { resolveModel } from '../../../runtimes/model-source.ts'
import { loadModel } from '../../../runtimes/simd/node.ts'
import { compileEngine } from '../../../scripts/lib/engine.ts'
import { firstPrompt } from '../../../scripts/lib/evaluation/ask.ts'
import { evenly, readQuestions } from '../../../scripts/lib/evaluation/questions.ts'
import { certain, TableModel } from '../../support/table-model.ts'

const MODEL = new URL('../../../model/edgewise-chat/', import.meta.url).href
const PROMPTS = 200
/** Short ones are read soon, and what is tested is the answers. */
const LONGEST_PROMPT = 150
const LENGTHS = [1, 2, 4, 8]
const METHODS = ['ngram', 'draft_model', 'mtp', 'tree', 'lookahead'] as const

/** What plain decoding answered to the prompt under way: guessers know it, and are wrong at every fourth token. */
const known = { ids: [] as number[], promptLength: 0 }
const guessAt = (position: number) => {
  const id = known.ids[position - known.promptLength] ?? 0
  return position % 4 === 3 ? (id + 1) % 1000 : id
}

let loaded: LoadedModel
let generators: { plain: TextGenerator; drafted: TextGenerator; headed: TextGenerator }
beforeAll(async () => {
  await compileEngine()
  loaded = await loadModel(resolveModel(MODEL), { maxBytes: 1e8 })
  const { model, tokenizer, chatTemplate } = loaded
  const { vocabSize, eosIds, contextLength } = model.config
  const guesser = new TableModel((tokens) => certain(guessAt(tokens.length), vocabSize), {
    ...{ vocabSize, eosIds, contextLength },
  })
  const headed: MultiTokenModel = {
    config: model.config,
    createCache: () => model.createCache(),
    forward: (steps) => model.forward(steps),
    dispose: async () => {},
    heads: 3,
    // The cache lacks the last token; the first head guesses the one after it.
    headLogits: async ({ length }) =>
      [1, 2, 3].map((ahead) => Float32Array.from(certain(guessAt(length + ahead), vocabSize))),
  }
  const parts = { tokenizer, chatTemplate }
  generators = {
    plain: new TextGenerator({ ...parts, model }),
    drafted: new TextGenerator({ ...parts, model, draft: { model: guesser, tokenizer } }),
    headed: new TextGenerator({ ...parts, model: headed }),
  }
})

/** Everything that is said of an answer but how it was made. */
async function answer(generator: TextGenerator, prompt: number[], input: GenerationInput) {
  const options = v.parse(generationOptions, { temperature: 0, max_tokens: 128, ...input })
  const tokens: TextToken[] = []
  let done: DoneEvent | null = null
  for await (const batch of generator.generate(prompt, options)) {
    for (const event of batch) {
      if (event.type === 'text') tokens.push(...event.tokens)
      else if (event.type === 'done') done = event
    }
  }
  const { finish_reason, usage } = done!
  return { said: { tokens, finish_reason }, speculation: usage.speculation }
}

/** Questions, some with the facts that answer them, from all over the list. */
async function prompts(): Promise<{ question: string; prompt: number[] }[]> {
  const all = []
  for (const asked of readQuestions()) {
    all.push({ question: asked.asks[0]!, prompt: await firstPrompt(generators.plain, asked) })
  }
  return evenly(
    all.filter(({ prompt }) => prompt.length < LONGEST_PROMPT),
    PROMPTS,
  )
}

// ml-explore/mlx-lm#1423
test('greedy answers of the default model are the same with speculation, over 200 prompts', async () => {
  const accepted = new Map<string, number>()
  const asked = await prompts()
  expect(asked).toHaveLength(PROMPTS)
  for (const [i, { question, prompt }] of asked.entries()) {
    // Every twentieth goes past its end, where small models repeat themselves.
    const input = { ignore_eos: i % 20 === 0 }
    const { said } = await answer(generators.plain, prompt, input)
    Object.assign(known, { ids: said.tokens.map(({ id }) => id), promptLength: prompt.length })
    for (const turn of [0, 2]) {
      const method = METHODS[(i + turn) % METHODS.length]!
      const num_tokens = LENGTHS[Math.floor(i / METHODS.length) % LENGTHS.length]!
      const generator =
        method === 'mtp' || (method === 'tree' && i % 3 === 0)
          ? generators.headed
          : method === 'draft_model' || (method === 'tree' && i % 3 === 1)
            ? generators.drafted
            : generators.plain
      const speculative = { method, num_tokens }
      const guessed = await answer(generator, prompt, { ...input, speculative })
      expect({ question, speculative, ...guessed.said }).toEqual({ question, speculative, ...said })
      accepted.set(method, (accepted.get(method) ?? 0) + guessed.speculation!.accepted)
    }
  }
  expect([...accepted.keys()].sort()).toEqual([...METHODS].sort())
  // Had nothing been accepted, nothing would have been tested.
  for (const method of METHODS) expect(accepted.get(method)).toBeGreaterThan(100)
}, 240_000)
