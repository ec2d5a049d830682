import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GenerationInput } from '../../../decoder/index.ts'
import { decode } from '../../support/decode.ts'
import { markovModel } from '../../support/markov-model.ts'
import { certain, scriptedModel, TableModel } from '../../support/table-model.ts'

const VOCAB = 8

async function both(input: GenerationInput, chunk_size: number, seed: number, config = {}) {
  const model = markovModel(VOCAB, seed, config)
  const greedy = { temperature: 0, ...input }
  const plain = await decode(model, [1, 2, 3], greedy)
  const chunks = await decode(model, [1, 2, 3], { ...greedy, semi_autoregressive: { chunk_size } })
  expect(model.caches).toBe(0)
  return { plain, chunks }
}

describe('as many passes as it takes', () => {
  test.each<[string, GenerationInput]>([
    ['nothing else', {}],
    ['max_tokens', { max_tokens: 7 }],
    ['one token', { max_tokens: 1 }],
    ['min_tokens', { min_tokens: 20, max_tokens: 25 }],
    ['ignore_eos', { ignore_eos: true, max_tokens: 30 }],
    ['a stop token', { stop_token_ids: [5], ignore_eos: true }],
    ['repetition penalties', { repetition_penalty: 1.3, frequency_penalty: 0.4, min_tokens: 12 }],
    ['no_repeat_ngram_size', { no_repeat_ngram_size: 2, min_tokens: 15, max_tokens: 25 }],
    ['a forced end', { forced_eos_token_id: 0, max_tokens: 12, min_tokens: 3 }],
    ['alternatives', { top_logprobs: 3, max_tokens: 12 }],
  ])('the same tokens as greedy, with %s', async (_, input) => {
    for (const chunk_size of [2, 3, 4, 8]) {
      for (let seed = 0; seed < 6; seed++) {
        const { plain, chunks } = await both(input, chunk_size, seed)
        expect(chunks.tokens).toEqual(plain.tokens)
        expect(chunks.done).toMatchObject({ ...plain.done, usage: plain.done!.usage })
        expect(chunks.cached).toBe(plain.cached)
      }
    }
  })

  test('whatever model, chunk and room', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 4, max: 40 }),
        async (seed, chunk_size, contextLength) => {
          const { plain, chunks } = await both({}, chunk_size, seed, { contextLength })
          expect(chunks.ids).toEqual(plain.ids)
          expect(chunks.done!.finish_reason).toBe(plain.done!.finish_reason)
          expect(chunks.cached).toBe(plain.cached)
        },
      ),
      { seed: 17, numRuns: 150 },
    )
  })

  test('no chunk takes more passes than it has tokens', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const input = { ignore_eos: true, max_tokens: 40 }
      const { chunks } = await both(input, 4, seed)
      const { passes, proposed, accepted } = chunks.done!.usage.speculation!
      expect(passes).toBeLessThanOrEqual(40)
      expect(passes).toBe(chunks.drafts.length)
      expect(proposed).toBe(chunks.drafts.reduce((sum, event) => sum + event.proposed, 0))
      // Every guess but those of the last pass over a chunk counts for nothing.
      expect(accepted).toBe(30)
    }
  })

  test('a chunk that repeats the last token takes one pass', async () => {
    const model = new TableModel(() => certain(3, 6), { eosIds: [] })
    const input = { temperature: 0, max_tokens: 25, semi_autoregressive: { chunk_size: 8 } }
    const { ids, done } = await decode(model, [3, 3], input)
    expect(ids).toEqual(new Array(25).fill(3))
    // Three chunks, and the last token.
    expect(done!.usage.speculation).toEqual({ proposed: 21, accepted: 21, passes: 4 })
  })

  test('a wrong guess after which processors leave nothing is no error', async () => {
    // The text is 1 2 1 2 …, and the first guesses are 2 2 2.
    const model = new TableModel((tokens) => certain(tokens.at(-1) === 2 ? 1 : 2, 3), {
      eosIds: [],
    })
    const after22 = [0, 1, 2].map((id) => [2, 2, id])
    const input = { temperature: 0, max_tokens: 8, bad_words_ids: after22 }
    const plain = await decode(model, [1, 2], input)
    const chunks = { ...input, semi_autoregressive: { chunk_size: 4 } }
    expect(plain.ids).toEqual([1, 2, 1, 2, 1, 2, 1, 2])
    expect((await decode(model, [1, 2], chunks)).tokens).toEqual(plain.tokens)
  })

  test('where plain decoding has nothing left, neither has this', async () => {
    const model = new TableModel(() => [0, 1, 2], { eosIds: [] })
    const input = { temperature: 0, bad_words_ids: [[0], [1], [2]], max_tokens: 4 }
    await expect(decode(model, [1], input)).rejects.toThrow('No token is left')
    const chunks = { ...input, semi_autoregressive: { chunk_size: 3 } }
    await expect(decode(model, [1], chunks)).rejects.toThrow('No token is left')
  })
})

describe('lossy', () => {
  test('one pass: each place is the likeliest after the last token repeated', async () => {
    const model = markovModel(VOCAB, 3, { eosIds: [] })
    const best = (...tokens: number[]) => {
      const row = model.logitsAfter(tokens)
      return row.indexOf(Math.max(...row))
    }
    const input = {
      temperature: 0,
      max_tokens: 6,
      semi_autoregressive: { chunk_size: 3, passes: 1 },
    }
    const { ids, done } = await decode(model, [1, 2], input)
    const first = [best(1, 2), best(2, 2), best(2, 2)]
    const last = first[2]!
    const second = [best(first[1]!, last), best(last, last), best(last, last)]
    expect(ids).toEqual([...first, ...second])
    expect(done!.usage.speculation!.passes).toBe(2)
  })

  test('the more passes, the more is as greedy decoding has it; chunk-size passes are enough', async () => {
    const agreement = async (passes: number) => {
      let same = 0
      for (let seed = 0; seed < 20; seed++) {
        const model = markovModel(VOCAB, seed, { eosIds: [] })
        const input = { temperature: 0, max_tokens: 4 }
        const plain = await decode(model, [1, 2], input)
        const semi_autoregressive = { chunk_size: 4, passes }
        const { ids } = await decode(model, [1, 2], { ...input, semi_autoregressive })
        same += ids.filter((id, i) => id === plain.ids[i]).length
      }
      return same
    }
    const counts = [await agreement(1), await agreement(2), await agreement(3), await agreement(4)]
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    expect(counts[0]).toBeLessThan(60)
    expect(counts[3]).toBe(80)
  })

  test('what is fed on is the text as it was told', async () => {
    const model = markovModel(VOCAB, 5, { eosIds: [] })
    const input = { temperature: 0, semi_autoregressive: { chunk_size: 4, passes: 1 } }
    const first = await decode(model, [1, 2], { ...input, max_tokens: 4 })
    const { ids } = await decode(model, [1, 2], { ...input, max_tokens: 8 })
    const next = await decode(model, [1, 2, ...first.ids], { ...input, max_tokens: 4 })
    expect(ids).toEqual([...first.ids, ...next.ids])
  })
})

describe('leaving', () => {
  test('who stops listening leaves a cache that holds no guesses', async () => {
    for (const passes of [undefined, 1, 2]) {
      for (let most = 1; most < 20; most++) {
        const model = markovModel(VOCAB, 4)
        const semi_autoregressive = { chunk_size: 5, passes }
        const input = { temperature: 0, ignore_eos: true, semi_autoregressive }
        const { cached } = await decode(model, [1, 2, 3], input, { most })
        expect(cached).toBeLessThanOrEqual(3 + most - 1)
        expect(model.caches).toBe(0)
      }
    }
  })

  test('an abort between two passes leaves no guesses either', async () => {
    const signal = { aborted: false }
    const model = markovModel(VOCAB, 4)
    const forward = model.forward.bind(model)
    let passes = 0
    model.forward = async (steps) => {
      if (++passes === 4) signal.aborted = true
      return forward(steps)
    }
    const input = { temperature: 0, ignore_eos: true, semi_autoregressive: { chunk_size: 8 } }
    const { ids, done, cached } = await decode(model, [1, 2, 3], input, {
      signal: signal as AbortSignal,
    })
    expect(done!.finish_reason).toBe('abort')
    expect(cached).toBeLessThanOrEqual(3 + ids.length)
  })
})

test('max_tokens 0 computes nothing', async () => {
  const model = scriptedModel([1], 1, { vocabSize: 3 })
  const input = { temperature: 0, max_tokens: 0, semi_autoregressive: { chunk_size: 2 } }
  const { done } = await decode(model, [1], input)
  expect([done!.finish_reason, model.fed]).toEqual(['length', []])
})
