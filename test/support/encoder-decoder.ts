import { readFileSync } from 'node:fs'
import * as ort from 'onnxruntime-web'
import * as v from 'valibot'
import { afterAll, beforeAll, beforeEach, vi } from 'vitest'
import {
  type GenerationInput,
  generationOptions,
  type TextEvent,
  TextGenerator,
} from '../../decoder/index.ts'
import type { LoadedModel } from '../../runtimes/loaded-model.ts'
import { resolveModel } from '../../runtimes/model-source.ts'
import type { OnnxEncoderDecoderModel } from '../../runtimes/transformers/encoder-decoder-model.ts'
import { loadModel } from '../../runtimes/transformers/node.ts'

/** What transformers (PyTorch) generates with the same weights. */
export interface ExpectedTarget {
  source: number[]
  greedy: number[]
  beams: { ids: number[]; score: number }[]
}

export const MOST_TOKENS = 14

export const modelFolder = (name: string) => new URL(`../fixtures/models/${name}/`, import.meta.url)

export const readExpected = (name: string, file = 'expected.json') =>
  JSON.parse(readFileSync(new URL(file, modelFolder(name)), 'utf8'))

export const optionsOf = (input: GenerationInput) =>
  v.parse(generationOptions, { temperature: 0, max_tokens: MOST_TOKENS, ...input })

/** All answers of one generation, best first. */
export async function answers(
  generator: TextGenerator,
  source: number[],
  input: GenerationInput = {},
) {
  const events: TextEvent[] = []
  for await (const batch of generator.generate(source, optionsOf(input))) events.push(...batch)
  const found: { ids: number[]; score: number | undefined; usage: object }[] = []
  let ids: number[] = []
  for (const event of events) {
    if (event.type === 'text') ids.push(...event.tokens.map(({ id }) => id))
    if (event.type !== 'done') continue
    found.push({ ids, score: event.score, usage: event.usage })
    ids = []
  }
  return found
}

type Feeds = Record<string, ort.Tensor>

/** Watches the runtime's passes: how often the encoder ran, and how often the source's keys and values were made. */
function watchRuns() {
  // Its type hides that the factory is a class.
  const { prototype } = ort.InferenceSession as unknown as {
    prototype: { run(feeds: Feeds): Promise<Feeds> }
  }
  const run = vi.spyOn(prototype, 'run')
  return {
    clear(): void {
      run.mockClear()
    },
    count() {
      const feeds = run.mock.calls.map(([given]) => given)
      const passes = feeds.filter((feed) => feed.encoder_hidden_states)
      const made = passes.filter((feed) => feed.use_cache_branch?.data[0] === 0)
      return { encoder: feeds.length - passes.length, made: made.length, passes: passes.length }
    },
  }
}

/** For the suite that calls it: a fixture's model, loaded once, and its passes, counted anew in each test. */
export function onModel(name: string) {
  const runs = watchRuns()
  let loaded: LoadedModel
  let model: OnnxEncoderDecoderModel
  let generator: TextGenerator
  beforeAll(async () => {
    loaded = await loadModel(resolveModel(modelFolder(name).href), { maxBytes: 10e6 })
    model = loaded.model as OnnxEncoderDecoderModel
    generator = new TextGenerator(loaded)
  })
  afterAll(() => model.dispose())
  beforeEach(runs.clear)
  return {
    runs,
    get loaded() {
      return loaded
    },
    get model() {
      return model
    },
    get generator() {
      return generator
    },
  }
}
