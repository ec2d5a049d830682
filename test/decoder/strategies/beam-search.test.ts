import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GenerationInput } from '../../../decoder/index.ts'
import cases from '../../fixtures/beam-search.json' with { type: 'json' }
import { enumerate, logSoftmax, sumLogprob } from '../../support/enumerate.ts'
import { search } from '../../support/search.ts'
import { scrambled, TableModel } from '../../support/table-model.ts'

const tableModel = (table: readonly (readonly number[])[], eos = 0) =>
  new TableModel((tokens) => table[tokens.at(-1)!]!, { eosIds: [eos], contextLength: 512 })

describe('tables computed apart', () => {
  test.each(cases.map((entry, index) => [index, entry] as const))('%i', async (_, entry) => {
    const model = tableModel(entry.table, entry.eos)
    const { answers } = await search(model, entry.prompt, {
      num_beams: entry.numBeams,
      length_penalty: entry.lengthPenalty,
      early_stopping: entry.earlyStopping as boolean | 'never',
      max_tokens: entry.maxNewTokens,
      num_return_sequences: entry.numReturnSequences,
    })
    expect(answers).toHaveLength(entry.expected.length)
    for (const [i, { ids, score }] of entry.expected.entries()) {
      expect(answers[i]!.score).toBeCloseTo(score, 6)
      // Some hypotheses are permutations of one another with the very same score: either is right.
      const found = answers[i]!.ids
      const own = sumLogprob((tokens) => entry.table[tokens.at(-1)!]!, entry.prompt, found)
      expect(own / found.length ** entry.lengthPenalty).toBeCloseTo(score, 6)
      const isTied = [...found].sort().join() === [...ids].sort().join()
      if (!isTied) expect(found).toEqual(ids)
    }
    expect(model.caches).toBe(0)
  })
})

describe('against full enumeration', () => {
  // huggingface/transformers#20901
  test.each([-1, 0, 0.5, 1, 2])(
    'never stopping early, wide enough: the best there is at penalty %d',
    async (length_penalty) => {
      for (let seed = 1; seed <= 12; seed++) {
        const next = scrambled(4, seed)
        // An early end that looks good, and longer answers that may be better.
        const logits = (tokens: readonly number[]) =>
          next(tokens).map((x, id) => (id === 0 && tokens.length < 4 ? x + 1 : x))
        const model = new TableModel(logits, { eosIds: [0] })
        const { answers } = await search(model, [1, 2], {
          num_beams: 128,
          early_stopping: 'never',
          length_penalty,
          max_tokens: 4,
          num_return_sequences: 5,
        })
        const all = enumerate(logits, [1, 2], { eos: 0, depth: 4, lengthPenalty: length_penalty })
        expect(answers.map(({ ids }) => ids)).toEqual(all.slice(0, 5).map(({ ids }) => ids))
        for (const [i, { score }] of answers.entries()) expect(score).toBeCloseTo(all[i]!.score, 5)
      }
    },
  )

  test('with penalty 0 the search stops as soon as no live hypothesis can win', async () => {
    // The end is all but certain from the start, so what goes on has lost for good.
    const model = tableModel([
      [9, 0, 0],
      [9, 0, 0],
      [9, 0, 0],
    ])
    const { steps } = await search(model, [1], {
      num_beams: 1,
      early_stopping: 'never',
      length_penalty: 0,
      max_tokens: 50,
    })
    expect(steps).toHaveLength(1)
  })
})

describe('scores', () => {
  // huggingface/transformers#26624, vllm-project/vllm#7007
  test('the prompt has no part in the length', async () => {
    // Every token costs ln 4; answers end after 1, 2 and 5 tokens.
    const even = (promptLength: number) => (tokens: readonly number[]) => {
      const said = tokens.slice(promptLength).join('')
      const open = ['', '1', '2', '22', '222', '2222'].includes(said)
      const may = open && said !== '2222' && said !== '1' ? [0, 1, 2, 3] : [0, 4, 5, 6]
      return Array.from({ length: 7 }, (_, id) => (may.includes(id) ? 0 : -1e4))
    }
    for (const promptLength of [1, 200]) {
      const prompt = new Array(promptLength).fill(3)
      const run = (length_penalty: number) =>
        search(new TableModel(even(promptLength), { eosIds: [0], contextLength: 512 }), prompt, {
          num_beams: 40,
          num_return_sequences: 40,
          early_stopping: 'never',
          length_penalty,
          max_tokens: 5,
        })
      const lengths = async (penalty: number) => {
        const { answers } = await run(penalty)
        return answers.filter(({ done }) => done.finish_reason === 'stop')
      }
      const flat = await lengths(1)
      expect(new Set(flat.map(({ ids }) => ids.length))).toEqual(new Set([1, 2, 3, 4, 5]))
      for (const { score } of flat) expect(score).toBeCloseTo(-Math.log(4), 6)
      for (const penalty of [-1, 0, 2]) {
        const order = (await lengths(penalty)).map(({ ids }) => ids.length)
        const sorted = [...order].sort((a, b) => (penalty === 2 ? b - a : a - b))
        expect(order).toEqual(sorted)
      }
    }
  })

  test('each hypothesis’ score is that of its own tokens, and so is each token’s logprob', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(-1.5, -0.3, 0, 0.7, 1, 2),
        fc.constantFrom(true, false, 'never' as const),
        async (seed, num_beams, length_penalty, early_stopping) => {
          const next = scrambled(7, seed)
          const { answers, steps } = await search(new TableModel(next), [1, 5], {
            num_beams,
            num_return_sequences: num_beams,
            length_penalty,
            early_stopping,
            max_tokens: 6,
          })
          expect(answers.length).toBeGreaterThan(0)
          for (const { ids, score, tokens } of answers) {
            const sum = sumLogprob(next, [1, 5], ids)
            expect(score).toBeCloseTo(sum / ids.length ** length_penalty, 5)
            expect(tokens.reduce((total, { logprob }) => total + logprob, 0)).toBeCloseTo(sum, 5)
          }
          const scores = answers.map(({ score }) => score)
          expect(scores).toEqual([...scores].sort((a, b) => b - a))
          expect(new Set(answers.map(({ ids }) => ids.join())).size).toBe(answers.length)
          for (const { live } of steps) {
            for (const { ids, logprob } of live) {
              expect(logprob).toBeCloseTo(sumLogprob(next, [1, 5], ids), 5)
            }
          }
        },
      ),
      { numRuns: 60, seed: 4 },
    )
  })

  // OpenNMT/OpenNMT-py#1320
  test('the first answers are the same however many are asked for', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const run = async (num_return_sequences: number, more: GenerationInput = {}) =>
        (
          await search(new TableModel(scrambled(9, seed)), [1, seed % 9], {
            num_return_sequences,
            length_penalty: 0.7,
            max_tokens: 7,
            ...more,
          })
        ).answers.map(({ ids, score }) => ({ ids, score }))
      const five = await run(5, { num_beams: 5 })
      for (const n of [1, 3]) expect(await run(n, { num_beams: 5 })).toEqual(five.slice(0, n))
      expect(await run(1)).toEqual((await run(4)).slice(0, 1))
    }
  })
})

describe('width', () => {
  // huggingface/transformers#3188, vllm-project/vllm#10792
  test('over the vocabulary: fewer answers if there are no more, none twice, none empty', async () => {
    const { answers } = await search(
      tableModel([
        [0, 1],
        [1, 0],
      ]),
      [1],
      {
        num_beams: 50,
        num_return_sequences: 50,
        max_tokens: 3,
      },
    )
    // Ends after 1, 2 or 3 tokens, or is cut after 3.
    expect(answers.map(({ ids }) => ids.join()).sort()).toEqual(['0', '1,0', '1,1,0', '1,1,1'])
  })

  test('16 beams, 4 answers', async () => {
    const { answers } = await search(new TableModel(scrambled(40, 3)), [1], {
      num_beams: 16,
      num_return_sequences: 4,
      max_tokens: 8,
    })
    expect(answers).toHaveLength(4)
  })

  test('all tokens but one ruled out', async () => {
    const { answers } = await search(new TableModel(scrambled(6, 3)), [1], {
      num_beams: 4,
      num_return_sequences: 4,
      allowed_token_ids: [3],
      max_tokens: 3,
    })
    expect(answers.map(({ ids }) => ids)).toEqual([[3, 3, 3]])
  })

  test('one beam with nothing to end it is greedy', async () => {
    const next = scrambled(8, 5)
    const { answers } = await search(new TableModel(next, { eosIds: [] }), [1, 1], {
      num_beams: 1,
      max_tokens: 6,
    })
    const tokens = [1, 1]
    for (let i = 0; i < 6; i++) {
      const logits = next(tokens)
      tokens.push(logits.indexOf(Math.max(...logits)))
    }
    expect(answers[0]!.ids).toEqual(tokens.slice(2))
  })
})

describe('logits processors', () => {
  // vllm-project/vllm#21546
  test('hold for every beam', async () => {
    const next = scrambled(8, 11)
    const run = async (more: GenerationInput) => {
      const { answers } = await search(new TableModel(next, { eosIds: [] }), [1, 2], {
        num_beams: 4,
        num_return_sequences: 4,
        max_tokens: 8,
        ...more,
      })
      return answers.map(({ ids }) => ids)
    }
    const [best] = await run({})
    const banned = best![2]!
    for (const ids of await run({ suppress_tokens: [banned] })) expect(ids).not.toContain(banned)
    for (const ids of await run({ logit_bias: { [banned]: -100 } })) {
      expect(ids).not.toContain(banned)
    }
    for (const ids of await run({ no_repeat_ngram_size: 2 })) {
      const all = [1, 2, ...ids]
      const pairs = all.slice(1).map((id, i) => `${all[i]},${id}`)
      expect(new Set(pairs).size).toBe(pairs.length)
    }
    for (const ids of await run({ repetition_penalty: 50 })) {
      expect(new Set(ids.slice(0, 5)).size).toBe(5)
    }
  })

  test('a score is of the log-probabilities that they leave, a token’s logprob the model’s own', async () => {
    const next = scrambled(6, 2)
    const { answers } = await search(new TableModel(next, { eosIds: [] }), [1, 2], {
      num_beams: 2,
      logit_bias: { 4: 1.5 },
      max_tokens: 1,
    })
    const [id] = answers[0]!.ids
    const logprob = logSoftmax(next([1, 2]))[id!]!
    expect(answers[0]!.tokens[0]!.logprob).toBeCloseTo(logprob, 6)
    expect(answers[0]!.score).toBeCloseTo(logprob + (id === 4 ? 1.5 : 0), 6)
  })

  test('min_tokens holds the end back, stop tokens and stop strings end', async () => {
    const next = (tokens: readonly number[]) => scrambled(6, 9)(tokens).map((x, id) => (id ? x : 3))
    const run = (more: GenerationInput, stopString?: (ids: readonly number[]) => string | null) =>
      search(
        new TableModel(next),
        [1, 2],
        { num_beams: 3, num_return_sequences: 3, max_tokens: 6, ...more },
        stopString ? { stopString } : {},
      )
    for (const { ids } of (await run({ min_tokens: 4 })).answers) {
      expect(ids.slice(0, 4)).not.toContain(0)
    }
    const stopped = await run({ stop_token_ids: [4], ignore_eos: true, early_stopping: true })
    for (const { ids, done } of stopped.answers) {
      if (done.finish_reason !== 'stop') continue
      expect([ids.indexOf(4), done.stop_reason]).toEqual([ids.length - 1, 4])
    }
    expect(stopped.answers.some(({ done }) => done.stop_reason === 4)).toBe(true)
    const strings = await run({ ignore_eos: true }, (ids) => (ids.at(-1) === 0 ? 'nil' : null))
    for (const { ids, done } of strings.answers) {
      if (done.stop_reason === 'nil') expect(ids.indexOf(0)).toBe(ids.length - 1)
      else expect(ids).not.toContain(0)
    }
    expect(strings.answers.some(({ done }) => done.stop_reason === 'nil')).toBe(true)
  })
})
