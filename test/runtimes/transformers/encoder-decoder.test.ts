import { describe, expect, test } from 'vitest'
import { choices, type GenerationInput } from '../../../decoder/index.ts'
import { OnnxEncoderDecoderModel } from '../../../runtimes/transformers/encoder-decoder-model.ts'
import {
  answers,
  type ExpectedTarget,
  onModel,
  optionsOf,
  readExpected,
} from '../../support/encoder-decoder.ts'

const CASES: ExpectedTarget[] = readExpected('tiny-marian')

const on = onModel('tiny-marian')

test('is described by its files', () => {
  expect(on.model).toBeInstanceOf(OnnxEncoderDecoderModel)
  expect(on.loaded).toMatchObject({ architecture: 'marian', chatTemplate: undefined })
  expect(on.model.config).toMatchObject({ vocabSize: 390, contextLength: 40, eosIds: [2] })
  expect(on.model.targetStart).toEqual([0])
  expect(on.model.rules).toEqual({ forced_eos_token_id: 2, bad_words_ids: [[0]] })
})

describe.each(CASES)('source $source', ({ source, greedy, beams }) => {
  test('greedy tokens are those of transformers; the encoder runs once', async () => {
    const [answer] = await answers(on.generator, source)
    expect(answer!.ids).toEqual(greedy)
    expect(answer!.usage).toEqual({
      prompt_tokens: source.length,
      cached_tokens: 0,
      completion_tokens: greedy.length,
    })
    expect(on.runs.count()).toEqual({ encoder: 1, made: 1, passes: greedy.length })
  })

  test('so are four beams with their scores, which share what was made of the source', async () => {
    const found = await answers(on.generator, source, { num_beams: 4, num_return_sequences: 4 })
    expect(found.map(({ ids }) => ids)).toEqual(beams.map(({ ids }) => ids))
    for (const [i, { score }] of beams.entries()) expect(found[i]!.score).toBeCloseTo(score, 4)
    expect(on.runs.count()).toMatchObject({ encoder: 1, made: 1 })
  })

  test.each<[string, GenerationInput]>([
    ['n-gram drafts', { speculative: { method: 'ngram', num_tokens: 3 } }],
    ['lookahead', { speculative: { method: 'lookahead', num_tokens: 3 } }],
    ['chunks', { semi_autoregressive: { chunk_size: 3 } }],
  ])('%s say what greedy decoding says', async (_, options) => {
    // Where the end is forced, so is it for whoever drafts.
    const [answer] = await answers(on.generator, source, options)
    expect(answer!.ids).toEqual(greedy)
    expect(on.runs.count()).toMatchObject({ encoder: 1, made: 1 })
  })
})

test('several answers to one source read it once', async () => {
  const { source } = CASES[3]!
  const options = optionsOf({ temperature: 1, seed: 4 })
  const texts: number[][] = [[], [], []]
  for await (const { choice, events } of choices(on.generator, source, options, {
    n: 3,
    best_of: 3,
  }))
    for (const event of events)
      if (event.type === 'text') texts[choice]!.push(...event.tokens.map(({ id }) => id))
  expect(new Set(texts.map(String)).size).toBe(3)
  expect(on.runs.count()).toMatchObject({ encoder: 1, made: 1 })
  const [alone] = await answers(on.generator, source, { temperature: 1, seed: 5 })
  expect(texts[1]).toEqual(alone!.ids)
})

test('sources at once do not mix', async () => {
  const found = await Promise.all(CASES.map(({ source }) => answers(on.generator, source)))
  expect(found.map(([answer]) => answer!.ids)).toEqual(CASES.map(({ greedy }) => greedy))
})

test('rules of one’s own take the place of the model’s', async () => {
  const { source, greedy } = CASES[4]!
  const [answer] = await answers(on.generator, source, {
    forced_eos_token_id: 9,
    forced_bos_token_id: 11,
  })
  expect([answer!.ids[0], answer!.ids.at(-1)]).toEqual([11, 9])
  const [without] = await answers(on.generator, source, { bad_words_ids: [[greedy[0]!]] })
  expect(without!.ids[0]).not.toBe(greedy[0])
})

test('a cache goes back and forth like any other', async () => {
  const { source, greedy } = CASES[0]!
  const cache = await on.model.encode(source)
  const [rows] = await on.model.forward([
    { cache, tokens: [0, ...greedy.slice(0, 5)], rows: 'all' },
  ])
  const again = await on.model.encode(source)
  const single: Float32Array[] = []
  for (const token of [0, ...greedy.slice(0, 5)])
    single.push(...(await on.model.forward([{ cache: again, tokens: [token] }]))[0]!)
  for (const [i, row] of rows!.entries())
    for (const [id, value] of row.entries()) expect(value).toBeCloseTo(single[i]![id]!, 3)
  const fork = cache.fork()
  fork.truncate(3)
  const [[after]] = (await on.model.forward([{ cache: fork, tokens: [greedy[2]!] }])) as [
    [Float32Array],
  ]
  for (const [id, value] of after.entries()) expect(value).toBeCloseTo(single[3]![id]!, 3)
  expect([cache.length, fork.length]).toEqual([6, 4])
  expect(cache.bytes).toBeGreaterThan(source.length * 16 * 4)
  for (const held of [cache, again, fork]) held.dispose()
})

describe('is refused clearly', () => {
  test('a chat, for want of a template', () => {
    expect(() => on.generator.encodeChat([{ role: 'user', content: 'hi' }])).toThrow(
      expect.objectContaining({ code: 'unsupported_value', param: 'messages' }),
    )
  })

  test('probabilities of the prompt, and a text to fill', async () => {
    const error = { code: 'unsupported_value', param: 'prompt' }
    await expect(on.generator.score([5, 2])).rejects.toMatchObject(error)
    await expect(on.generator.fill([5, 2], 3)).rejects.toMatchObject(error)
  })

  test.each([[[]], [new Array(41).fill(5)], [[390]], [[-1]], [[1.5]]])(
    'source %j',
    async (source) => {
      await expect(on.model.encode(source)).rejects.toThrow(RangeError)
      await expect(answers(on.generator, source)).rejects.toMatchObject({ name: 'DecodingError' })
    },
  )

  test('a cache without a source', () => {
    expect(() => on.model.createCache()).toThrow('needs a source')
  })
})

test('a prompt gets the end that sources have, once', () => {
  const ids = on.generator.encodePrompt('hello there')
  expect(ids.at(-1)).toBe(2)
  expect(ids.filter((id) => id === 2)).toHaveLength(1)
  expect(on.generator.encodePrompt('hello there<|im_end|>')).toEqual(ids)
})
