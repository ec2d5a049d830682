import * as v from 'valibot'
import { describe, expect, test, vi } from 'vitest'
import {
  choices,
  type GenerationInput,
  generationOptions,
  type TextEvent,
  TextGenerator,
} from '../../decoder/index.ts'
import { ByteTokenizer } from '../support/byte-tokenizer.ts'
import { TableModel } from '../support/table-model.ts'

const tokenizer = new ByteTokenizer()
const END = 2
const LETTERS = tokenizer.encode('abcd')

/** Draws one of four letters, unequally likely, or the end. */
function dice() {
  const logits = new Array(tokenizer.vocabSize).fill(-50)
  for (const [i, id] of LETTERS.entries()) logits[id] = i / 2
  logits[END] = -0.5
  const model = new TableModel(() => logits, { eosIds: [END], contextLength: 200 })
  return { model, generator: new TextGenerator({ model, tokenizer }) }
}

const PROMPT = tokenizer.encode('a prompt of some length')

interface Run {
  n: number
  best_of?: number
  input?: GenerationInput
  signal?: AbortSignal
}

async function run(
  { model, generator }: ReturnType<typeof dice>,
  { n, best_of, input, signal }: Run,
) {
  model.fed.length = 0
  const options = v.parse(generationOptions, { seed: 7, max_tokens: 12, ...input })
  const answers: TextEvent[][] = []
  let discarded = 0
  const counts = { n, best_of: best_of ?? n }
  for await (const batch of choices(generator, PROMPT, options, counts, signal)) {
    discarded += batch.discarded_tokens
    if (batch.events.length > 0) (answers[batch.choice] ??= []).push(...batch.events)
  }
  return { answers, texts: answers.map(textOf), discarded, fed: model.fed }
}

const textOf = (events: TextEvent[]) =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('')
const tokensOf = (events: TextEvent[]) =>
  events.flatMap((event) => (event.type === 'text' ? event.tokens : []))
const usageOf = (events: TextEvent[]) => {
  const done = events.at(-1)
  if (done?.type !== 'done') throw new Error('no done event')
  return done.usage
}

describe('n', () => {
  test('the prompt is read once; each answer feeds its own tokens alone', async () => {
    const { answers, fed } = await run(dice(), { n: 4 })
    expect(answers).toHaveLength(4)
    const long = fed.filter((tokens) => tokens.length > 1)
    expect(long.flat()).toEqual(PROMPT)
    // The last token of an answer is never fed.
    const made = answers.reduce((sum, events) => sum + tokensOf(events).length - 1, 0)
    expect(fed.filter((tokens) => tokens.length === 1)).toHaveLength(made)
    for (const events of answers)
      expect(usageOf(events)).toMatchObject({ prompt_tokens: PROMPT.length, cached_tokens: 0 })
  })

  // unslothai/unsloth#9262
  test.each([7, -2, 2 ** 31, Number.MAX_SAFE_INTEGER])(
    'answers differ, and come again with the same seed %i',
    async (seed) => {
      const first = await run(dice(), { n: 3, input: { seed } })
      expect(new Set(first.texts).size).toBeGreaterThan(1)
      expect((await run(dice(), { n: 3, input: { seed } })).texts).toEqual(first.texts)
      // The first is what the seed gives alone, whether or not the prompt is still in the cache.
      const alone = dice()
      for (let i = 0; i < 2; i++) {
        expect((await run(alone, { n: 1, input: { seed } })).texts[0]).toBe(first.texts[0])
      }
    },
  )

  test('answers share passes, four at a time', async () => {
    const { model, generator } = dice()
    const passes = vi.spyOn(model, 'forward')
    const options = v.parse(generationOptions, { seed: 1, max_tokens: 9, ignore_eos: true })
    for await (const _ of choices(generator, PROMPT, options, { n: 8, best_of: 8 }));
    const sizes = passes.mock.calls.map(([steps]) => steps.length)
    expect(Math.max(...sizes)).toBe(4)
    // Eight answers of eight passes each, after the prompt's own.
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(1 + 8 * 8)
    expect(sizes.length).toBeLessThan(32)
  })

  test('a second request finds the prompt in the cache', async () => {
    const one = dice()
    await run(one, { n: 2 })
    const { answers, fed } = await run(one, { n: 2 })
    expect(fed[0]).toEqual([PROMPT.at(-1)])
    expect(usageOf(answers[0]!).cached_tokens).toBe(PROMPT.length - 1)
  })

  test('leaving early or failing leaves no cache behind', async () => {
    const { model, generator } = dice()
    const options = v.parse(generationOptions, { max_tokens: 5 })
    for await (const _ of choices(generator, PROMPT, options, { n: 3, best_of: 3 })) break
    generator.clearContexts()
    expect(model.caches).toBe(0)
    const wrong = v.parse(generationOptions, { suppress_tokens: [99999] })
    const answer = choices(generator, PROMPT, wrong, { n: 3, best_of: 3 })
    await expect(answer.next()).rejects.toThrow(/99999 is not in the vocabulary/)
    expect(model.caches).toBe(0)
  })

  test('an abort ends it with the answer that it met', async () => {
    const signal = { aborted: true } as AbortSignal
    const { answers, fed } = await run(dice(), { n: 3, signal })
    expect([answers.length, fed.length]).toEqual([1, 0])
    expect(answers[0]!.at(-1)).toMatchObject({ type: 'done', finish_reason: 'abort' })
  })

  test('no tokens wanted, none computed', async () => {
    const { answers, fed } = await run(dice(), { n: 2, input: { max_tokens: 0 } })
    expect([answers.length, fed.length]).toEqual([2, 0])
  })
})

describe('best_of', () => {
  test('the n candidates with the highest mean log-probability, the best first', async () => {
    const all = await run(dice(), { n: 6 })
    const mean = (events: TextEvent[]) => {
      const tokens = tokensOf(events)
      return tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length
    }
    const ranked = all.answers.toSorted((a, b) => mean(b) - mean(a))
    expect(mean(ranked[0]!)).toBeGreaterThan(mean(ranked[2]!))
    const { texts, discarded, fed } = await run(dice(), { n: 2, best_of: 6 })
    expect(texts).toEqual(ranked.slice(0, 2).map(textOf))
    expect(discarded).toBe(ranked.slice(2).flatMap(tokensOf).length)
    expect(fed.filter((tokens) => tokens.length > 1).flat()).toEqual(PROMPT)
  })

  test('each candidate shows signs of life', async () => {
    const { generator } = dice()
    const options = v.parse(generationOptions, { seed: 7, max_tokens: 12 })
    const batches = []
    for await (const batch of choices(generator, PROMPT, options, { n: 1, best_of: 5 })) {
      batches.push(batch.events.length)
    }
    expect(batches.filter((length) => length === 0).length).toBeGreaterThanOrEqual(5)
    expect(batches.filter((length) => length > 0)).toHaveLength(1)
  })
})

test('the answers of a beam search are choices of their own', async () => {
  const input = { num_beams: 4, num_return_sequences: 3, temperature: 0, max_tokens: 3 }
  const { answers, texts } = await run(dice(), { n: 3, input })
  expect(new Set(texts).size).toBe(3)
  for (const events of answers) expect(events.filter(({ type }) => type === 'done')).toHaveLength(1)
})
