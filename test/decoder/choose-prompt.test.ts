import { describe, expect, test } from 'vitest'
import { type PromptCandidate, parseOptions, TextGenerator } from '../../decoder/index.ts'
import { ByteTokenizer } from '../support/byte-tokenizer.ts'
import { TableModel } from '../support/table-model.ts'
import { topicWeights } from '../support/topic-weights.ts'

const tokenizer = new ByteTokenizer()
const [N, O] = tokenizer.encode('no') as [number, number]
const [YES] = tokenizer.encode('!') as [number]

const ZERO = tokenizer.encode('0')[0]!

/** Begins to decline after a prompt by its last digit: after "3" with odds of e³ : 1 against. */
const logits = (tokens: readonly number[]) => {
  const row = new Array(tokenizer.vocabSize).fill(-1e9)
  const digit = tokens.findLast((id) => id >= ZERO && id <= ZERO + 9) ?? ZERO
  if (tokens.at(-1) === N) row[O] = 0
  else Object.assign(row, { [N]: 0, [YES]: digit - ZERO })
  return row
}
const make = (config = {}) => {
  const model = new TableModel(logits, { eosIds: [0], contextLength: 40, ...config })
  return { model, generator: new TextGenerator({ model, tokenizer, lookup: topicWeights([]) }) }
}
const prompt = (text: string, nearness: number): PromptCandidate => ({
  ids: tokenizer.encode(text),
  nearness,
})
const chosen = async (...candidates: PromptCandidate[]) => {
  const { ids } = await make().generator.choose(candidates)
  return candidates.findIndex((candidate) => candidate.ids === ids)
}

test('the prompt that the model is the likeliest to answer, among those about as near', async () => {
  expect(await chosen(prompt('one fact 2', 1), prompt('two facts 4', 0.9))).toBe(1)
  expect(await chosen(prompt('one fact 2', 1), prompt('two facts 2', 0.9))).toBe(0)
  expect(await chosen(prompt('one fact 2', 1), prompt('two facts 4', 0.7))).toBe(0)
})

test('what is read for the choice is not read again, and counts as not cached', async () => {
  const { model, generator } = make()
  const candidates = [prompt('same start, 1', 1), prompt('same start, 5', 0.9)]
  const { ids, cachedTokens } = await generator.choose(candidates)
  expect(ids).toBe(candidates[1]!.ids)
  expect(cachedTokens).toBe(0)
  expect(model.fed.flat()).toHaveLength('same start, 1'.length + '5'.length + 2 * 'n'.length)
  const fed = model.fed.length
  for await (const _ of generator.generate(ids, parseOptions({ temperature: 0, max_tokens: 1 })));
  expect(model.fed.slice(fed)).toEqual([[ids.at(-1)]])
  generator.clearContexts()
  expect(model.caches).toBe(0)
})

test('what an earlier text left in the cache counts as cached', async () => {
  const { generator } = make()
  const candidates = [prompt('start, 1', 1), prompt('start, then 5', 0.9)]
  const read = (text: string) => generator.score(tokenizer.encode(text))
  await read('star')
  expect(await generator.choose(candidates)).toMatchObject({ cachedTokens: 'sta'.length })
  expect(await generator.choose(candidates)).toMatchObject({
    cachedTokens: 'start, then '.length,
  })
})

test('the prompt without a fact, where the model would likely decline after each that tells one', async () => {
  const none = prompt('none', 0)
  expect(await chosen(prompt('one fact 3', 0.6), prompt('two facts 0', 0.5), none)).toBe(0)
  expect(await chosen(prompt('one fact 1', 0.6), prompt('two facts 0', 0.5), none)).toBe(2)
  const { model, generator } = make()
  await generator.choose([prompt('a 0', 0.5), none])
  expect(generator.decode(model.fed.flat())).toBe('a 0n')
})

test('a prompt of one token', async () => {
  expect(await chosen(prompt('1', 1), prompt('5', 0.9))).toBe(1)
})

test('salts share nothing', async () => {
  const { generator } = make()
  const candidates = [prompt('a 5', 1), prompt('b 5', 0.5)]
  const options = { cacheSalt: 'one' }
  expect(await generator.choose(candidates, options)).toMatchObject({ cachedTokens: 0 })
  expect(await generator.choose(candidates, { cacheSalt: 'two' })).toMatchObject({
    cachedTokens: 0,
  })
  expect(await generator.choose(candidates, options)).toMatchObject({ cachedTokens: 2 })
})

describe('the nearest without a choice, and nothing is read,', () => {
  const far = prompt('b 9', 0.9)
  test.each<[string, PromptCandidate[], AbortSignal?]>([
    ['if it is the only one', [prompt('a 1', 1)]],
    ['if one is too long to decline after', [prompt('a 1', 1), prompt(`${'b'.repeat(38)}9`, 1)]],
    ['if the signal stops it', [prompt('a 1', 1), far], AbortSignal.abort()],
  ])('%s', async (_, candidates, signal) => {
    const { model, generator } = make()
    const { ids, cachedTokens } = await generator.choose(candidates, { signal })
    expect(ids).toBe(candidates[0]!.ids)
    expect(cachedTokens).toBe(0)
    expect(model.fed).toEqual([])
    expect(model.caches).toBe(0)
  })
})

test('a failure leaves nothing behind', async () => {
  const { model, generator } = make()
  model.forward = () => Promise.reject(new Error('lost'))
  await expect(generator.choose([prompt('a 1', 1), prompt('b 1', 1)])).rejects.toThrow('lost')
  expect(model.caches).toBe(0)
  await expect(
    make({}).generator.choose([prompt('a 1', 1), prompt('b 1', 1)]),
  ).resolves.toBeDefined()
})
