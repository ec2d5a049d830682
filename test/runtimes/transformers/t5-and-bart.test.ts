import { describe, expect, test } from 'vitest'
import type { GenerationInput } from '../../../decoder/index.ts'
import { OnnxEncoderDecoderModel } from '../../../runtimes/transformers/encoder-decoder-model.ts'
import {
  answers,
  type ExpectedTarget,
  MOST_TOKENS,
  onModel,
  readExpected,
} from '../../support/encoder-decoder.ts'

/** Exports by Optimum, and what PyTorch makes of the same weights (test/fixtures/make/t5_and_bart_models.py). */
interface Expected extends ExpectedTarget {
  /** Beams under the options that summaries are asked for with. */
  summary: ExpectedTarget['beams']
  /** Of the first and of the last greedy token. */
  logits: [number[], number[]]
}
const SUMMARY: GenerationInput = {
  no_repeat_ngram_size: 2,
  length_penalty: 2,
  early_stopping: true,
}
/** Whether the numbers of two rows of logits are the same, but for how sums are rounded. */
function expectNear(row: Float32Array, expected: ArrayLike<number>) {
  expect(row).toHaveLength(expected.length)
  for (const [id, value] of row.entries()) expect(value).toBeCloseTo(expected[id]!, 3)
}

describe.each([
  ['tiny-t5', 't5', { vocabSize: 110, contextLength: 512, eosIds: [1] }, 0, {}],
  ['tiny-flan-t5', 't5', { vocabSize: 110, contextLength: 512, eosIds: [1] }, 0, {}],
  [
    'tiny-bart',
    'bart',
    { vocabSize: 321, contextLength: 40, eosIds: [2] },
    2,
    { forced_bos_token_id: 0, forced_eos_token_id: 2 },
  ],
])('%s', (name, architecture, config, start, rules) => {
  const cases: Expected[] = readExpected(name)
  const on = onModel(name)

  test('is described by its files', () => {
    expect(on.model).toBeInstanceOf(OnnxEncoderDecoderModel)
    expect(on.loaded).toMatchObject({ architecture, chatTemplate: undefined })
    expect(on.model.config).toMatchObject(config)
    expect(on.model.targetStart).toEqual([start])
    expect(on.model.rules).toEqual(rules)
  })

  describe.each(cases)('source $source', ({ source, greedy, beams, summary, logits }) => {
    test('greedy tokens are those of transformers; the encoder runs once', async () => {
      const [answer] = await answers(on.generator, source)
      expect(answer!.ids).toEqual(greedy)
      expect(on.runs.count()).toEqual({ encoder: 1, made: 1, passes: greedy.length })
    })

    test.each([
      ['four beams', {}, beams],
      ['beams as for a summary', SUMMARY, summary],
    ])('so are %s with their scores', async (_, options, expected) => {
      const found = await answers(on.generator, source, {
        ...options,
        num_beams: 4,
        num_return_sequences: 4,
      })
      expect(found.map(({ ids }) => ids)).toEqual(expected.map(({ ids }) => ids))
      for (const [i, { score }] of expected.entries()) expect(found[i]!.score).toBeCloseTo(score, 4)
      expect(on.runs.count()).toMatchObject({ encoder: 1, made: 1 })
    })

    test.each<[string, GenerationInput]>([
      ['n-gram drafts', { speculative: { method: 'ngram', num_tokens: 3 } }],
      ['chunks', { semi_autoregressive: { chunk_size: 3 } }],
    ])('%s say what greedy decoding says', async (_, options) => {
      const [answer] = await answers(on.generator, source, options)
      expect(answer!.ids).toEqual(greedy)
    })

    test('logits are those of PyTorch, whether read in one pass or token by token', async () => {
      const target = [start, ...greedy.slice(0, -1)]
      const whole = await on.model.encode(source)
      const [rows] = await on.model.forward([{ cache: whole, tokens: target, rows: 'all' }])
      expectNear(rows![0]!, logits[0])
      expectNear(rows!.at(-1)!, logits[1])
      const single = await on.model.encode(source)
      for (const [i, token] of target.entries()) {
        const [row] = await on.model.forward([{ cache: single, tokens: [token] }])
        expectNear(row![0]!, rows![i]!)
      }
      for (const cache of [whole, single]) cache.dispose()
    })

    test('a cache that was forked and cut off goes on from there', async () => {
      const target = [start, ...greedy]
      const cache = await on.model.encode(source)
      const [rows] = await on.model.forward([{ cache, tokens: target, rows: 'all' }])
      for (const length of [0, 1, greedy.length - 1]) {
        const fork = cache.fork()
        fork.truncate(length)
        const rest = target.slice(length)
        const [again] = await on.model.forward([{ cache: fork, tokens: rest, rows: 'all' }])
        expect(again).toHaveLength(rest.length)
        for (const [i, row] of again!.entries()) expectNear(row, rows![length + i]!)
        fork.dispose()
      }
      expect(cache.length).toBe(target.length)
      cache.dispose()
    })
  })

  test('sources of different lengths at once do not mix', async () => {
    const found = await Promise.all(cases.map(({ source }) => answers(on.generator, source)))
    expect(found.map(([answer]) => answer!.ids)).toEqual(cases.map(({ greedy }) => greedy))
  })

  test('a target ends where it is told to', async () => {
    const { source, greedy } = cases.find(({ greedy }) => greedy.length === MOST_TOKENS)!
    const [answer] = await answers(on.generator, source, { max_tokens: 5, ignore_eos: true })
    const last = 'forced_eos_token_id' in rules ? [2] : [greedy[4]]
    expect(answer!.ids).toEqual([...greedy.slice(0, 4), ...last])
  })
})
