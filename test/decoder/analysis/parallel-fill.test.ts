import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DecodingError, parallelFill, TextGenerator } from '../../../decoder/index.ts'
import { ByteTokenizer } from '../../support/byte-tokenizer.ts'
import { decode } from '../../support/decode.ts'
import { markovModel } from '../../support/markov-model.ts'
import { certain, TableModel } from '../../support/table-model.ts'

test('each pass makes at least one more token right, and the last is greedy decoding’s', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1000), fc.integer({ min: 1, max: 12 }), async (seed, length) => {
      const model = markovModel(8, seed, { eosIds: [] })
      const plain = await decode(model, [1, 2], { temperature: 0, max_tokens: length })
      const texts = await parallelFill(model, [1, 2], length)
      expect(texts.length).toBeLessThanOrEqual(length)
      for (const [pass, { ids, exact }] of texts.entries()) {
        expect(ids).toHaveLength(length)
        expect(exact).toBeGreaterThanOrEqual(Math.min(pass + 1, length))
        expect(ids.slice(0, exact)).toEqual(plain.ids.slice(0, exact))
        if (exact < length) expect(ids[exact]).not.toBe(plain.ids[exact])
      }
      expect(texts.at(-1)!.ids).toEqual(plain.ids)
      expect(model.caches).toBe(0)
    }),
    { seed: 21, numRuns: 80 },
  )
})

test('how likely each text is, by the chain rule', async () => {
  const model = markovModel(8, 7, { eosIds: [] })
  for (const { ids, meanLogprob } of await parallelFill(model, [1, 2], 6)) {
    let sum = 0
    for (const [i, id] of ids.entries()) {
      const row = model.logitsAfter([1, 2, ...ids.slice(0, i)])
      sum += row[id]! - Math.log(row.reduce((total, x) => total + Math.exp(x), 0))
    }
    expect(meanLogprob).toBeCloseTo(sum / 6, 5)
  }
})

test('one pass is not enough: its text is less likely than greedy decoding’s', async () => {
  let worse = 0
  for (let seed = 0; seed < 20; seed++) {
    const texts = await parallelFill(markovModel(8, seed, { eosIds: [] }), [1, 2], 10)
    if (texts[0]!.meanLogprob < texts.at(-1)!.meanLogprob - 0.1) worse++
  }
  expect(worse).toBeGreaterThan(15)
})

test('a text that repeats its first token is right at once', async () => {
  const model = new TableModel(() => certain(3, 5))
  const texts = await parallelFill(model, [1], 5)
  expect(texts.map(({ ids }) => ids)).toEqual([[3, 3, 3, 3, 3]])
})

test('an abort leaves the passes until then', async () => {
  const model = markovModel(8, 7, { eosIds: [] })
  expect(await parallelFill(model, [1, 2], 6, AbortSignal.abort())).toEqual([])
  const signal = { aborted: false }
  const forward = model.forward.bind(model)
  let passes = 0
  model.forward = async (steps) => {
    // The prompt's, and four over the places.
    if (++passes === 5) signal.aborted = true
    return forward(steps)
  }
  const texts = await parallelFill(model, [1, 2], 8, signal as AbortSignal)
  expect(texts).toHaveLength(3)
  for (const { meanLogprob } of texts) expect(meanLogprob).toBeLessThan(0)
  expect(model.caches).toBe(0)
})

test('a generator checks that prompt and places fit', async () => {
  const tokenizer = new ByteTokenizer()
  const model = new TableModel(() => certain(7, tokenizer.vocabSize), { contextLength: 10 })
  const generator = new TextGenerator({ model, tokenizer })
  const filled = await generator.fill([5, 6], 8)
  expect(filled[0]!.ids).toEqual(new Array(8).fill(7))
  for (const [prompt, length] of [
    [[5, 6], 9],
    [[5, 6], 0],
    [[5, 6], 1.5],
    [[], 3],
    [[9999], 3],
  ] as const) {
    await expect(generator.fill(prompt, length)).rejects.toThrow(DecodingError)
  }
})
