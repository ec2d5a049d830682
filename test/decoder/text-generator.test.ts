import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import {
  DecodingError,
  type DoneEvent,
  type GenerationInput,
  generationOptions,
  TextGenerator,
} from '../../decoder/index.ts'
import { ByteTokenizer } from '../support/byte-tokenizer.ts'
import { certain, scriptedModel, TableModel } from '../support/table-model.ts'

const TEMPLATE =
  '{% for m in messages %}<|im_start|>{{ m.role }}:{{ m.content }}<|im_end|>{% endfor %}<|im_start|>assistant:'
const tokenizer = new ByteTokenizer()
const END = 2

async function run(
  generator: TextGenerator,
  prompt: readonly number[],
  input: GenerationInput = {},
  signal?: AbortSignal,
) {
  const options = v.parse(generationOptions, { temperature: 0, ...input })
  const batches = []
  for await (const batch of generator.generate(prompt, options, signal)) batches.push(batch)
  const events = batches.flat()
  const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('')
  return { text, events, batches, done: events.at(-1) as DoneEvent }
}

/** A generator whose model answers any prompt of this length with a text, then ends. */
function answering(text: string, promptLength: number, config = {}) {
  const model = scriptedModel([...tokenizer.encode(text), END], promptLength, {
    vocabSize: tokenizer.vocabSize,
    eosIds: [END],
    contextLength: 400,
    ...config,
  })
  return new TextGenerator({ model, tokenizer, chatTemplate: TEMPLATE })
}

describe('text', () => {
  test('an answer, its end token without text', async () => {
    const { text, done } = await run(answering('Grüß dich 👋!', 2), [5, 5])
    expect(text).toBe('Grüß dich 👋!')
    expect(done).toMatchObject({ finish_reason: 'stop', stop_reason: null })
  })

  test('a stop string ends it; usage counts what was generated', async () => {
    const { text, done } = await run(answering('one two three', 2), [5, 5], { stop: ['two'] })
    expect(text).toBe('one ')
    expect(done).toMatchObject({ finish_reason: 'stop', stop_reason: 'two' })
    expect(done.usage.completion_tokens).toBe('one two'.length)
  })

  test('an abort keeps what was made so far', async () => {
    const generator = answering('a long answer', 2, { parameters: 1e9 })
    const abort = new AbortController()
    const options = v.parse(generationOptions, { temperature: 0 })
    const events = []
    for await (const batch of generator.generate([5, 5], options, abort.signal)) {
      events.push(...batch)
      if (events.length === 3) abort.abort()
    }
    expect(events.at(-1)).toMatchObject({ type: 'done', finish_reason: 'abort' })
    expect(events.length).toBeLessThanOrEqual(5)
  })

  test('batches hold about as much work as fits between two pauses', async () => {
    const small = await run(answering('abcdefgh', 2, { parameters: 1e6 }), [5, 5])
    expect(small.batches.map((batch) => batch.length)).toEqual([4, 4, 2])
    const large = await run(answering('abcdefgh', 2, { parameters: 1e8 }), [5, 5])
    expect(Math.max(...large.batches.map((batch) => batch.length))).toBeLessThanOrEqual(2)
  })

  test('other work gets its turn while it generates', async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 0)
    await run(answering('x'.repeat(200), 2, { parameters: 1e8 }), [5, 5])
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(5)
  })
})

describe('words as tokens', () => {
  /** Says its text over and over, one alternative ready at each place. */
  const chatty = (text: string, pieces: string[] = []) => {
    const words = new ByteTokenizer(undefined, pieces)
    const script = words.encode(text)
    const other = words.encode('-')[0]!
    const model = new TableModel(
      (tokens) => {
        const logits: number[] = new Array(words.vocabSize).fill(0)
        logits[other] = 5
        logits[script[(tokens.length - 1) % script.length]!] = 10
        return logits
      },
      { eosIds: [END], contextLength: 400 },
    )
    return new TextGenerator({ model, tokenizer: words })
  }
  const start = [5]

  test('bad words are not said, whether they are one token or several', async () => {
    const options = { max_tokens: 12, bad_words: ['cat'] }
    expect((await run(chatty('a cat. '), start, options)).text).toBe('a ca-. a ca-')
    expect((await run(chatty('a cat. ', ['cat']), start, options)).text).toBe('a -. a -. a ')
  })

  test('a bad word has its form after a space too, where that is another token', async () => {
    const options = { max_tokens: 4, bad_words: ['cat'] }
    expect((await run(chatty('cat cat', ['cat', ' cat']), start, options)).text).toBe('----')
  })

  test('a repetition is broken by DRY, unless a breaker stands in it', async () => {
    const dry = { max_tokens: 30, dry_multiplier: 100, dry_allowed_length: 3 }
    const text = 'abcdefgh'
    const { text: broken } = await run(chatty(text), start, dry)
    // Three repeated tokens are free, the fourth is not.
    expect(broken.slice(0, 12)).toBe('abcdefghabc-')
    // No stretch between breakers is longer than that.
    const cut = { ...dry, dry_sequence_breakers: ['cd', 'a', 'g'] }
    expect((await run(chatty(text), start, cut)).text).toBe('abcdefgh'.repeat(4).slice(0, 30))
  })

  test.each([
    ['inside a longer token', ['bcde'], 3, ['h']],
    ['from one token into the next', ['bc'], 2, ['a', 'f', 'gh']],
  ])('a sequence breaker may lie %s', async (_, pieces, dry_allowed_length, others) => {
    const options = { max_tokens: 20, dry_multiplier: 100, dry_allowed_length }
    const texts = [others, [...others, 'cd']].map(async (dry_sequence_breakers) => {
      const generator = chatty('abcdefgh', pieces)
      return (await run(generator, start, { ...options, dry_sequence_breakers })).text
    })
    expect(await texts[0]).toContain('-')
    expect(await texts[1]).not.toContain('-')
  })
})

describe('cached multi-turn context', () => {
  test('the second turn feeds only its new tokens', async () => {
    const model = new TableModel(
      (tokens) => certain(tokens.length % 7 === 0 ? END : 100, tokenizer.vocabSize),
      {
        eosIds: [END],
        contextLength: 400,
      },
    )
    const generator = new TextGenerator({ model, tokenizer, chatTemplate: TEMPLATE })
    const first = generator.encodeChat([{ role: 'user', content: 'hi' }])
    const { text, done } = await run(generator, first)
    expect(done.usage.cached_tokens).toBe(0)

    const history = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: text },
      { role: 'user', content: 'and?' },
    ] as const
    const second = generator.encodeChat(history)
    model.fed.length = 0
    const next = await run(generator, second)
    expect(next.done.usage.cached_tokens).toBe(first.length + tokenizer.encode(text).length)
    expect(model.fed[0]!.length).toBe(second.length - next.done.usage.cached_tokens)

    const edited = generator.encodeChat([{ role: 'user', content: 'ho' }])
    const again = await run(generator, edited)
    expect(again.done.usage.cached_tokens).toBe(1 + 'user:h'.length)
  })

  test('a failure leaves no cache behind, and the next request is fine', async () => {
    let broken = true
    const model = new TableModel(
      () =>
        broken
          ? new Array(tokenizer.vocabSize).fill(Number.NaN)
          : certain(END, tokenizer.vocabSize),
      { eosIds: [END] },
    )
    const generator = new TextGenerator({ model, tokenizer })
    await expect(run(generator, [5, 5])).rejects.toThrow(/no usable probabilities/)
    expect(model.caches).toBe(0)
    broken = false
    expect((await run(generator, [5, 5])).done.finish_reason).toBe('stop')
  })
})

describe('what can’t be served is refused by name', () => {
  const generator = answering('x', 2, { contextLength: 10 })
  const refusal = async (prompt: number[], input: GenerationInput = {}) => {
    const error = await run(generator, prompt, input).catch((reason) => reason)
    expect(error).toBeInstanceOf(DecodingError)
    return error as DecodingError
  }

  test('a prompt that fills the context', async () => {
    const error = await refusal(new Array(11).fill(5))
    expect(error.code).toBe('context_length_exceeded')
    expect(error.message).toMatch(/maximum context length is 10 tokens.* 11/)
  })

  test('two tokens of room are two tokens of answer', async () => {
    const { done } = await run(
      answering('abcdef', 8, { contextLength: 10 }),
      new Array(8).fill(5),
      { max_tokens: 50 },
    )
    expect(done).toMatchObject({ finish_reason: 'length', usage: { completion_tokens: 2 } })
  })

  test.each([[[-1]], [[999999]], [[1.5]], [[]]])('prompt %j', async (prompt) => {
    expect((await refusal(prompt)).param).toBe('prompt')
  })

  test('stop_token_ids outside the vocabulary', async () => {
    expect((await refusal([5], { stop_token_ids: [1, 99999] })).param).toBe('stop_token_ids[1]')
  })

  test.each<GenerationInput>([
    { suppress_tokens: [1, 99999] },
    { allowed_token_ids: [99999] },
    { bad_words_ids: [[1], [2, 99999]] },
    { dry_sequence_breaker_ids: [[99999]] },
    { logit_bias: { 99999: 1 } },
    { forced_bos_token_id: 99999 },
    { forced_eos_token_id: 99999 },
    { forced_eos_token_id: [1, 99999] },
  ])('ids outside the vocabulary: %j', async (input) => {
    const { param, message } = await refusal([5], input)
    expect(param).toMatch(new RegExp(`^${Object.keys(input)[0]}`))
    expect(message).toMatch(/99999 is not in the vocabulary/)
  })

  test('min_tokens over max_tokens', async () => {
    expect((await refusal([5], { min_tokens: 5, max_tokens: 4 })).param).toBe('min_tokens')
  })

  test('a chat without a chat template', () => {
    const bare = new TextGenerator({ model: generator.model, tokenizer })
    expect(() => bare.encodeChat([{ role: 'user', content: 'hi' }])).toThrow(/no chat template/)
  })
})

describe('beam search', () => {
  /** Says one of two words, letter by letter; which is likelier the first letter decides. */
  const words = ['stone', 'stair']
  const [first, second] = words.map((word) => tokenizer.encode(word))
  const model = () =>
    new TableModel(
      (tokens) => {
        const said = tokens.slice(2)
        return Array.from({ length: tokenizer.vocabSize }, (_, id) => {
          const goesOn = (word: number[]) =>
            said.every((letter, i) => letter === word[i]) && (word[said.length] ?? END) === id
          return (goesOn(first!) ? 12 : 0) + (goesOn(second!) ? 11 : 0)
        })
      },
      { eosIds: [END], contextLength: 100 },
    )

  test('answers follow one another, the best first, each with its text, score and usage', async () => {
    const { events } = await run(new TextGenerator({ model: model(), tokenizer }), [5, 5], {
      num_beams: 3,
      num_return_sequences: 2,
    })
    const told = events.filter((event) => event.type !== 'beams')
    expect(told.map((event) => (event.type === 'text' ? event.text : event.type))).toEqual([
      'stone',
      'done',
      'stair',
      'done',
    ])
    const done = told.filter((event) => event.type === 'done')
    expect(done[0]!.score!).toBeGreaterThan(done[1]!.score!)
    expect(done.map(({ usage }) => usage.completion_tokens)).toEqual([6, 6])
    expect(events.filter((event) => event.type === 'beams').length).toBeGreaterThanOrEqual(6)
  })

  test('a stop string ends a hypothesis, and is no part of its text', async () => {
    const generator = new TextGenerator({ model: model(), tokenizer })
    const input = { num_beams: 3, num_return_sequences: 2, stop: 'to' }
    const told = (await run(generator, [5, 5], input)).events.filter(({ type }) => type !== 'beams')
    const stopped = told.findIndex((event) => event.type === 'done' && event.stop_reason === 'to')
    expect(told[stopped - 1]).toMatchObject({ type: 'text', text: 's' })
    const kept = await run(generator, [5, 5], { ...input, include_stop_str_in_output: true })
    expect(kept.events).toContainEqual(expect.objectContaining({ type: 'text', text: 'sto' }))
    const late = await run(generator, [5, 5], { ...input, min_tokens: 4 })
    expect(late.events).toContainEqual(expect.objectContaining({ type: 'text', text: 'stone' }))
  })

  test('words that the answer must contain, as text', async () => {
    const generator = new TextGenerator({ model: model(), tokenizer })
    const { events } = await run(generator, [5, 5], {
      num_beams: 4,
      force_words: ['air', 'x'],
      max_tokens: 12,
    })
    const text = events.find((event) => event.type === 'text')!
    expect(text).toMatchObject({ text: expect.stringContaining('air') })
    expect(text).toMatchObject({ text: expect.stringContaining('x') })
  })

  test('the prompt stays cached, and nothing else', async () => {
    const toy = model()
    const generator = new TextGenerator({ model: toy, tokenizer })
    await run(generator, [5, 5], { num_beams: 3 })
    expect(toy.caches).toBe(1)
    expect((await run(generator, [5, 5], { num_beams: 3 })).done.usage.cached_tokens).toBe(1)
    generator.clearContexts()
    expect(toy.caches).toBe(0)
  })
})
