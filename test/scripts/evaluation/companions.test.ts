/** What comes with the default model: a draft model, heads and a masked model, each measured on its answers. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MaskedModel, TextGenerator } from '../../../decoder/index.ts'
import { filling } from '../../../scripts/lib/evaluation/filling.ts'
import { guessing } from '../../../scripts/lib/evaluation/guessing.ts'
import { evenly, readQuestions } from '../../../scripts/lib/evaluation/questions.ts'
import { checkSameTokens } from '../../../scripts/lib/fill.ts'
import { loadFlag, loadMaskedFlag } from '../../../scripts/lib/load-model.ts'
import {
  DEFAULT_MODEL_FOLDER,
  DRAFT_MODEL_FOLDER,
  MASKED_MODEL_FOLDER,
} from '../../../scripts/lib/paths.ts'

let loaded: Awaited<ReturnType<typeof loadFlag>>
let generator: TextGenerator
let masked: Awaited<ReturnType<typeof loadMaskedFlag>>
const questions = evenly(readQuestions(/^(grounded by hand|identity)$/), 10)

beforeAll(async () => {
  loaded = await loadFlag('model', DEFAULT_MODEL_FOLDER, 'simd')
  const draft = await loadFlag('draft', DRAFT_MODEL_FOLDER, 'simd')
  generator = new TextGenerator({ ...loaded, draft })
  masked = await loadMaskedFlag('masked', MASKED_MODEL_FOLDER)
})
afterAll(async () => {
  await loaded.model.dispose()
  await masked.model.dispose()
})

test('the draft model and the heads guess some of the answers', async () => {
  for (const method of ['draft_model', 'mtp'] as const) {
    const { accepted, tokensPerPass } = await guessing(generator, questions, method)
    expect(accepted).toBeGreaterThan(0.15)
    expect(tokensPerPass).toBeGreaterThan(1.2)
  }
})

test('a draft that is the model itself is always right', async () => {
  const twin = new TextGenerator({ ...loaded, draft: loaded })
  const { accepted, tokensPerPass } = await guessing(twin, questions, 'draft_model')
  expect(accepted).toBe(1)
  expect(tokensPerPass).toBeGreaterThan(3)
  expect(tokensPerPass).toBeLessThanOrEqual(4)
})

test('the masked model has the same tokens, and fills in some of the answers', async () => {
  const ids = generator.encodeChat([{ role: 'user', content: 'Hello! Where are you?' }])
  checkSameTokens(ids, generator.tokenizer, masked.tokenizer)
  const found = await filling(generator, masked.model, questions, [1, 10])
  expect(found.get(1)!.tokens).toBeGreaterThan(0.1)
  expect(found.get(10)!.tokens).toBeGreaterThan(0.1)
})

test('answers filled in are counted place by place and as wholes', async () => {
  const [question] = questions
  const { vocabSize } = generator.model.config
  // Every place is filled with "<|endoftext|>", which no answer holds.
  const wrong: MaskedModel = {
    vocabSize,
    maskId: 1,
    predict: async (tokens) =>
      tokens.map(() => Float32Array.from({ length: vocabSize }, (_, id) => (id === 0 ? 9 : 0))),
  }
  const found = await filling(generator, wrong, [question!], [1])
  expect(found.get(1)).toEqual({ tokens: 0, answers: 0 })
})
