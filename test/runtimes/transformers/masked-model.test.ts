import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { maskPredict } from '../../../decoder/index.ts'
import { resolveModel } from '../../../runtimes/model-source.ts'
import { loadMaskedModel } from '../../../runtimes/transformers/node.ts'

const MODELS = new URL('../../fixtures/models/', import.meta.url)
const load = (name: string) =>
  loadMaskedModel(resolveModel(new URL(`${name}/`, MODELS).href), { maxBytes: 1e8 })

let loaded: Awaited<ReturnType<typeof load>>
beforeAll(async () => {
  loaded = await load('tiny-masked')
})
afterAll(() => loaded.model.dispose())

interface Case {
  prompt: number[]
  length: number
  passes: number
  steps: { ids: number[]; logprobs: number[] }[]
}

test('fills places as PyTorch does, pass by pass', async () => {
  const file = new URL('tiny-masked/expected.json', MODELS)
  const cases: Case[] = JSON.parse(readFileSync(file, 'utf8'))
  expect(cases.length).toBeGreaterThan(3)
  for (const { prompt, length, passes, steps } of cases) {
    let pass = 0
    for await (const { ids, logprobs } of maskPredict(loaded.model, prompt, length, passes)) {
      const expected = steps[pass++]!
      expect(ids).toEqual(expected.ids)
      for (const [place, logprob] of logprobs.entries()) {
        expect(logprob).toBeCloseTo(expected.logprobs[place]!, 3)
      }
    }
    expect(pass).toBe(passes)
  }
})

test('what it is', () => {
  const { model, tokenizer } = loaded
  expect([model.vocabSize, model.maskId]).toEqual([27, 26])
  expect(tokenizer.encode('abc')).toEqual([0, 1, 2])
})

test('a decoder is not one', async () => {
  await expect(load('tiny-gpt2')).rejects.toThrow(
    /"[^"]*tiny-gpt2[^"]*" can't be used: its tokenizer/,
  )
})
