import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type ForwardStep,
  type GenerationInput,
  generationOptions,
  type TextEvent,
  TextGenerator,
} from '../../../decoder/index.ts'
import type { LoadedModel } from '../../../runtimes/loaded-model.ts'
import { loadRandomLlama } from '../../support/loaded-llama.ts'

let loaded: Awaited<ReturnType<typeof loadRandomLlama>>
/** Steps of each pass since the test began. */
let passes: ForwardStep[][] = []

beforeAll(async () => {
  loaded = await loadRandomLlama({ contextLength: 512 })
  const forward = loaded.model.forward.bind(loaded.model)
  loaded.model.forward = (steps) => {
    passes.push(steps)
    return forward(steps)
  }
})

function generator(): TextGenerator {
  passes = []
  const { model, tokenizer }: LoadedModel = loaded
  return new TextGenerator({ model, tokenizer, contextBytes: 0 })
}

const prompt = (seed: number, length: number) =>
  Array.from({ length }, (_, i) => 1 + ((seed * 31 + i * i * 7 + i * seed) % 49))

const optionsOf = (input: GenerationInput) =>
  v.parse(generationOptions, { temperature: 0, max_tokens: 40, ignore_eos: true, ...input })

/** Everything that is said of a text but how its batches were cut. */
async function answer(on: TextGenerator, ids: number[], input: GenerationInput = {}) {
  const events: TextEvent[] = []
  for await (const batch of on.generate(ids, optionsOf(input))) events.push(...batch)
  const answers = events.filter((event) => event.type !== 'beams')
  return {
    tokens: answers.flatMap((event) => (event.type === 'text' ? event.tokens : [])),
    done: answers.filter((event) => event.type === 'done'),
  }
}

/** Long and short, drawn and searched, plain and by drafts. */
const MIXED: [length: number, options: GenerationInput][] = [
  [3, {}],
  [300, {}],
  [20, { temperature: 1, seed: 1 }],
  [20, { temperature: 1, seed: 2 }],
  [50, { temperature: 0.7, top_p: 0.9, seed: 3, repetition_penalty: 1.2 }],
  [5, { num_beams: 4 }],
  [64, { num_beams: 3, num_return_sequences: 2, length_penalty: 2 }],
  [12, { num_beams: 4, num_beam_groups: 2, diversity_penalty: 1 }],
  [80, { speculative: { method: 'ngram', num_tokens: 4 } }],
  [40, { speculative: { method: 'tree' }, temperature: 1, seed: 4 }],
  [33, { speculative: { method: 'lookahead' } }],
  [25, { semi_autoregressive: { chunk_size: 4 } }],
  [200, { semi_autoregressive: { chunk_size: 3, passes: 1 } }],
  [1, { max_tokens: 5, top_logprobs: 3 }],
  [450, { temperature: 1, seed: 5 }],
  [16, { mirostat: 2, temperature: 1, seed: 6 }],
]

describe('16 requests of all kinds', () => {
  test('say the same in one batch as each alone, bit by bit', async () => {
    const alone = []
    for (const [i, [length, options]] of MIXED.entries()) {
      alone.push(await answer(generator(), prompt(i, length), options))
    }
    const on = generator()
    const together = await Promise.all(
      MIXED.map(([length, options], i) => answer(on, prompt(i, length), options)),
    )
    for (const [i, expected] of alone.entries()) {
      expect(together[i], JSON.stringify(MIXED[i])).toEqual(expected)
    }
    expect(Math.max(...passes.map(({ length }) => length))).toBeGreaterThanOrEqual(16)
    expect(loaded.model.pagesHeld).toBe(0)
  })

  test('the same whoever joins late and whoever leaves early', async () => {
    const expected = await answer(generator(), prompt(1, 30), { temperature: 1, seed: 9 })
    const on = generator()
    const leave = new AbortController()
    const others = MIXED.map(async ([length, options], i) => {
      for (let wait = 0; wait < 3 * i; wait++) await new Promise(setImmediate)
      if (i % 3 > 0) return answer(on, prompt(i, length), options)
      for await (const batch of on.generate(prompt(i, length), optionsOf(options), leave.signal))
        if (batch.length > 0 && i % 2) break
    })
    const ours = await answer(on, prompt(1, 30), { temperature: 1, seed: 9 })
    leave.abort()
    await Promise.all(others)
    expect(ours).toEqual(expected)
    expect(loaded.model.pagesHeld).toBe(0)
  })
})

test('who reads a long prompt holds up no text by more than a part of it', async () => {
  const on = generator()
  const texts = Array.from({ length: 4 }, (_, i) => answer(on, prompt(i, 3), { max_tokens: 200 }))
  while (passes.at(-1)?.length !== 4) await new Promise(setImmediate)
  const start = passes.length
  const prompts = Array.from({ length: 4 }, (_, i) => answer(on, prompt(i, 500), { max_tokens: 5 }))
  await Promise.all([...texts, ...prompts])
  const sizes = passes.slice(start).map((steps) => steps.map(({ tokens }) => tokens.length))
  const reading = sizes.filter((steps) => steps.some((size) => size > 1))
  expect(reading.length).toBeGreaterThanOrEqual(8)
  for (const steps of reading) {
    // A token for each of the texts, and never a whole prompt.
    expect(steps.filter((size) => size === 1).length).toBeGreaterThanOrEqual(4)
    expect(Math.max(...steps)).toBeLessThanOrEqual(256)
  }
})
