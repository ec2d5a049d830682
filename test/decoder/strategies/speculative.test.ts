import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GenerationInput } from '../../../decoder/index.ts'
import { decode } from '../../support/decode.ts'
import { HeadedModel, markovModel, similarModel } from '../../support/markov-model.ts'
import { certain, scriptedModel, TableModel } from '../../support/table-model.ts'

const METHODS = ['ngram', 'draft_model', 'mtp', 'tree', 'lookahead'] as const
type Method = (typeof METHODS)[number]

const VOCAB = 8

/** The models that a method needs. A tree is guessed by a draft model, by heads or by the text, in turn. */
function modelsFor(method: Method, seed: number, config = {}) {
  const needsHeads = method === 'mtp' || (method === 'tree' && seed % 3 === 1)
  const needsDraft = method === 'draft_model' || (method === 'tree' && seed % 3 === 2)
  return {
    model: needsHeads ? new HeadedModel(VOCAB, seed, config) : markovModel(VOCAB, seed, config),
    draft: needsDraft ? similarModel(VOCAB, seed, config) : null,
  }
}

/** Runs the same generation without and with speculation. */
async function both(
  method: Method,
  seed: number,
  input: GenerationInput,
  { num_tokens = 4, contextLength = 64, prompt = [1, 2, 3, 1, 2] } = {},
) {
  const { model, draft } = modelsFor(method, seed, { contextLength })
  const plain = await decode(model, prompt, input)
  const speculative = { method, num_tokens }
  const drafted = await decode(model, prompt, { ...input, speculative }, { draft })
  expect([model.caches, draft?.caches ?? 0]).toEqual([0, 0])
  return { plain, drafted }
}

const INPUTS: [string, GenerationInput][] = [
  ['nothing else', {}],
  ['max_tokens', { max_tokens: 7 }],
  ['one token', { max_tokens: 1 }],
  ['min_tokens', { min_tokens: 20, max_tokens: 25 }],
  ['ignore_eos', { ignore_eos: true, max_tokens: 30 }],
  ['a stop token', { stop_token_ids: [5], ignore_eos: true }],
  ['repetition penalties', { repetition_penalty: 1.3, frequency_penalty: 0.4, min_tokens: 12 }],
  ['no_repeat_ngram_size', { no_repeat_ngram_size: 3, min_tokens: 15 }],
  ['logit_bias', { logit_bias: { 4: 2, 0: -100 }, max_tokens: 20 }],
  ['a forced end', { forced_eos_token_id: 0, max_tokens: 12, min_tokens: 3 }],
  ['alternatives', { top_logprobs: 3, max_tokens: 12 }],
]

describe.each(METHODS)('%s, exact', (method) => {
  test.each(INPUTS)('greedy is as without, with %s', async (_, input) => {
    for (const num_tokens of [1, 2, 4, 8]) {
      for (let seed = 0; seed < 6; seed++) {
        const { plain, drafted } = await both(
          method,
          seed,
          { temperature: 0, ...input },
          { num_tokens },
        )
        expect(drafted.tokens).toEqual(plain.tokens)
        expect(drafted.done).toMatchObject({ ...plain.done, usage: plain.done!.usage })
        expect(drafted.cached).toBe(plain.cached)
      }
    }
  })

  test('greedy is as without, whatever prompt, model and room', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: VOCAB - 1 }), { minLength: 1, maxLength: 12 }),
        fc.nat(1000),
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 13, max: 40 }),
        async (prompt, seed, num_tokens, contextLength) => {
          const input = { temperature: 0 }
          const more = { prompt, num_tokens, contextLength }
          const { plain, drafted } = await both(method, seed, input, more)
          expect(drafted.ids).toEqual(plain.ids)
          expect(drafted.done!.finish_reason).toBe(plain.done!.finish_reason)
          expect(drafted.cached).toBe(plain.cached)
        },
      ),
      { seed: 31, numRuns: 60 },
    )
  })

  test('each pass makes one token and what it accepted', async () => {
    const input = { temperature: 0, ignore_eos: true, max_tokens: 40 }
    const { drafted } = await both(method, 4, input)
    const { proposed, accepted, passes } = drafted.done!.usage.speculation!
    expect(1 + passes + accepted).toBe(40)
    expect(accepted).toBeGreaterThan(5)
    expect(drafted.drafts).toHaveLength(passes)
    expect(drafted.drafts.reduce((sum, event) => sum + event.proposed, 0)).toBe(proposed)
    expect(drafted.drafts.reduce((sum, event) => sum + event.accepted, 0)).toBe(accepted)
  })

  test('who stops listening leaves a cache that holds no guesses', async () => {
    for (let most = 1; most < 20; most++) {
      const { model, draft } = modelsFor(method, 4)
      const input = { temperature: 0, ignore_eos: true, speculative: { method } }
      const { cached } = await decode(model, [1, 2, 3], input, { draft, most })
      expect(cached).toBe(3 + most - 1)
      expect([model.caches, draft?.caches ?? 0]).toEqual([0, 0])
    }
  })

  test('draws have the distribution of plain sampling: chi-square at 0.1 %', async () => {
    const vocab = 4
    const config = { eosIds: [] }
    const model =
      method === 'mtp' ? new HeadedModel(vocab, 9, config) : markovModel(vocab, 9, config)
    const draft = method === 'draft_model' ? similarModel(vocab, 9, config) : null
    const input = { temperature: 1.2, top_k: 3, logit_bias: { 1: 0.5 }, max_tokens: 3 }
    const prompt = [1, 2, 3, 1, 2]
    const runs = 4000
    const counts = new Map<string, number>()
    for (let seed = 0; seed < runs; seed++) {
      const speculative = { method, num_tokens: 3 }
      const { ids } = await decode(model, prompt, { ...input, seed, speculative }, { draft })
      counts.set(ids.join(), (counts.get(ids.join()) ?? 0) + 1)
    }
    const expected = distribution(model, prompt, 3)
    expect([...counts.keys()].filter((text) => !expected.has(text))).toEqual([])
    let chiSquare = 0
    for (const [text, p] of expected) {
      chiSquare += ((counts.get(text) ?? 0) - runs * p) ** 2 / (runs * p)
    }
    expect(expected.size).toBe(27)
    expect(chiSquare).toBeLessThan(54.05) // 26 degrees of freedom
  })
})

/** p of each text of so many tokens at temperature 1.2, top_k 3 and a bias of 0.5 for token 1, computed apart. */
function distribution(model: TableModel, prompt: number[], length: number): Map<string, number> {
  let texts: { ids: number[]; p: number }[] = [{ ids: [], p: 1 }]
  for (let i = 0; i < length; i++) {
    texts = texts.flatMap(({ ids, p }) => {
      const row = model
        .logitsAfter([...prompt, ...ids])
        .map((x, id) => (x + (id === 1 ? 0.5 : 0)) / 1.2)
      const kept = row
        .map((x, id) => ({ x, id }))
        .sort((a, b) => b.x - a.x)
        .slice(0, 3)
      const total = kept.reduce((sum, { x }) => sum + Math.exp(x), 0)
      return kept.map(({ x, id }) => ({ ids: [...ids, id], p: (p * Math.exp(x)) / total }))
    })
  }
  return new Map(texts.map(({ ids, p }) => [ids.join(), p]))
}

describe.each(['ngram', 'tree', 'lookahead'] as const)('%s, drawn', (method) => {
  test.each<[string, GenerationInput]>([
    ['temperature', { temperature: 0.8 }],
    ['filters', { top_p: 0.8, top_k: 4, min_p: 0.05 }],
    ['XTC', { xtc_probability: 0.5, xtc_threshold: 0.1 }],
    ['mirostat', { mirostat: 2, mirostat_tau: 2 }],
  ])('the same seed gives the same tokens as without, with %s', async (_, input) => {
    for (let seed = 0; seed < 9; seed++) {
      const { plain, drafted } = await both(method, seed, { seed, max_tokens: 30, ...input })
      expect(drafted.tokens).toEqual(plain.tokens)
      expect(drafted.done).toMatchObject({ ...plain.done })
    }
  })
})

test.each(['draft_model', 'mtp'] as const)('%s: the same seed, the same draws', async (method) => {
  const draws = async (seed: number) => {
    const { model, draft } = modelsFor(method, 2)
    const input = { seed, max_tokens: 30, ignore_eos: true, speculative: { method } }
    return (await decode(model, [1, 2], input, { draft })).ids
  }
  expect(await draws(5)).toEqual(await draws(5))
  expect(await draws(5)).not.toEqual(await draws(6))
})

test('a draft model that is always right has all its draws accepted', async () => {
  const config = { eosIds: [] }
  const input = {
    seed: 1,
    max_tokens: 40,
    top_p: 0.9,
    speculative: { method: 'draft_model' as const },
  }
  const draft = markovModel(VOCAB, 3, config)
  const { done } = await decode(markovModel(VOCAB, 3, config), [1, 2], input, { draft })
  const { proposed, accepted, passes } = done!.usage.speculation!
  expect(accepted).toBe(proposed)
  expect(passes).toBe(8)
})

test('guesses that fail are made shorter', async () => {
  const wrong = new TableModel(() => certain(2, 6))
  const script = Array.from({ length: 20 }, () => 3)
  const input = { temperature: 0, speculative: { method: 'draft_model' as const, num_tokens: 8 } }
  const target = scriptedModel(script, 2, { vocabSize: 6 })
  const { drafts } = await decode(target, [1, 1], input, { draft: wrong })
  expect(drafts.map(({ proposed }) => proposed).slice(0, 9)).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 1])
})

describe('lossy', () => {
  // The target prefers 1, and the draft guesses 2, which the target gives 30 %.
  const target = () =>
    new TableModel(() => [-50, Math.log(0.7), Math.log(0.3), -50], { eosIds: [] })
  const draft = () => new TableModel(() => certain(2, 4))
  const run = (input: GenerationInput, acceptance: object) =>
    decode(
      target(),
      [3, 3],
      {
        max_tokens: 5,
        ...input,
        speculative: { method: 'draft_model', num_tokens: 4, ...acceptance },
      },
      { draft: draft() },
    )

  test('threshold accepts what is likelier than that, and nothing else', async () => {
    const greedy = { temperature: 0 }
    const lossy = await run(greedy, { acceptance: 'threshold', threshold: 0.25 })
    // The last token of a pass is the target's own.
    expect(lossy.ids).toEqual([1, 2, 2, 2, 1])
    const strict = await run(greedy, { acceptance: 'threshold', threshold: 0.35 })
    expect(strict.ids).toEqual([1, 1, 1, 1, 1])
  })

  test('threshold looks at what is drawn from: the temperature counts', async () => {
    // At temperature 0.5, 0.3 becomes 0.09 / (0.09 + 0.49) = 0.155.
    const ids = async (threshold: number) =>
      (await run({ temperature: 0.5, seed: 4 }, { acceptance: 'threshold', threshold })).done!.usage
        .speculation!.accepted
    expect(await ids(0.15)).toBe(3)
    expect(await ids(0.16)).toBeLessThan(3)
  })

  test('search takes the branch that is likeliest a token', async () => {
    // After 1 nothing is likely; after 2, which is a little less likely than 1, everything is certain.
    const model = new TableModel(
      (tokens) => {
        const path = tokens.slice(2)
        if (path.length === 1) return [-50, Math.log(0.55), Math.log(0.45), -50]
        return path[1] === 1 ? [0, 0, 0, 0] : certain(3, 4)
      },
      { eosIds: [] },
    )
    const input = (acceptance: 'exact' | 'search') => ({
      temperature: 0,
      max_tokens: 4,
      speculative: { method: 'tree' as const, acceptance, widths: [2], num_tokens: 2 },
    })
    const guesses = new TableModel(() => [-9, 0, 0, 0])
    const exact = await decode(model, [3, 3], input('exact'), { draft: guesses })
    const found = await decode(model, [3, 3], input('search'), { draft: guesses })
    expect(exact.ids.slice(0, 2)).toEqual([3, 1])
    expect(found.ids).toEqual([3, 2, 3, 3])
  })
})

describe('trees', () => {
  test('are pruned to the best at each depth, and verified in one pass', async () => {
    const model = markovModel(VOCAB, 7, { eosIds: [] })
    const draft = similarModel(VOCAB, 7, { eosIds: [] })
    const speculative = { method: 'tree' as const, widths: [4, 3], branches: 5, num_tokens: 3 }
    const input = { temperature: 0, max_tokens: 5, speculative }
    model.fed.length = 0
    const { drafts } = await decode(model, [1, 2], input, { draft })
    // 4 children of the root; then the best 5 of 4 × 3, and of 5 × 3.
    expect(drafts[0]!.proposed).toBe(4 + 5 + 5)
    expect(model.fed.slice(0, 2).map(({ length }) => length)).toEqual([2, 1 + 14])
  })

  test('accept more than one guess after another does', async () => {
    const accepted = async (method: 'tree' | 'draft_model') => {
      let sum = 0
      for (let seed = 0; seed < 10; seed++) {
        const config = { eosIds: [], contextLength: 128 }
        const input = { temperature: 0, max_tokens: 60, speculative: { method, num_tokens: 3 } }
        const draft = similarModel(VOCAB, seed, config)
        const { done } = await decode(markovModel(VOCAB, seed, config), [1, 2], input, { draft })
        sum += 60 / done!.usage.speculation!.passes
      }
      return sum / 10
    }
    expect(await accepted('tree')).toBeGreaterThan(await accepted('draft_model'))
  })

  test('do not outgrow the context', async () => {
    for (const contextLength of [8, 9, 10, 11, 12]) {
      const model = markovModel(VOCAB, 7, { eosIds: [], contextLength })
      const draft = similarModel(VOCAB, 7, { contextLength })
      const speculative = { method: 'tree' as const, num_tokens: 8 }
      const { ids } = await decode(model, [1, 2], { temperature: 0, speculative }, { draft })
      const plain = await decode(model, [1, 2], { temperature: 0 })
      expect(ids).toEqual(plain.ids)
    }
  })
})

test('an abort ends it after the pass', async () => {
  const signal = { aborted: false }
  const model = new TableModel((tokens) => {
    if (tokens.length >= 6) signal.aborted = true
    return certain(1, 4)
  })
  const input = { temperature: 0, speculative: { method: 'ngram' as const } }
  const { done, ids } = await decode(model, [1, 1], input, { signal: signal as AbortSignal })
  expect(done!.finish_reason).toBe('abort')
  expect(ids.length).toBeLessThan(12)
})

test('max_tokens 0 computes nothing', async () => {
  const model = markovModel(VOCAB, 1)
  const { done } = await decode(model, [1], { max_tokens: 0, speculative: { method: 'ngram' } })
  expect([done!.finish_reason, model.fed]).toEqual(['length', []])
})
