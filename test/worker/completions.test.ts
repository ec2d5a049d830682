import { describe, expect, inject, test } from 'vitest'
import {
  CHAT,
  COMPLETION,
  chat,
  completion,
  finishes,
  type Json,
  joined,
  post,
  stream,
} from '../support/api.ts'

const url = inject('toyUrl')

describe('prompts in four shapes', () => {
  test('text, texts, ids and lists of ids', async () => {
    const ids = async (content: string) =>
      (await post(url, '/tokenize', { content })).json.tokens as number[]
    const [a, b] = ['say:one|', 'say:two, three|']
    const texts = async (prompt: unknown) => {
      const { json } = await post(url, COMPLETION, completion(prompt))
      return json.choices.map(({ index, text }: Json) => [index, text])
    }
    const both = [
      [0, 'one'],
      [1, 'two, three'],
    ]
    expect(await texts(a)).toEqual([[0, 'one']])
    expect(await texts([a, b])).toEqual(both)
    expect(await texts(await ids(a))).toEqual([[0, 'one']])
    expect(await texts([await ids(a), await ids(b)])).toEqual(both)
  })

  test('none at all, and empty text, mean the token that begins every text', async () => {
    for (const prompt of [null, '']) {
      const { status, json } = await post(url, COMPLETION, completion(prompt))
      expect(status).toBe(200)
      expect(json.usage.prompt_tokens).toBe(1)
    }
  })
})

describe('the answer’s shape', () => {
  test('completion', async () => {
    const { json } = await post(url, COMPLETION, completion('say:Hello|'))
    expect(json).toEqual({
      id: expect.stringMatching(/^cmpl-/),
      object: 'text_completion',
      created: expect.any(Number),
      model: 'toy',
      system_fingerprint: 'toy-1',
      choices: [
        { index: 0, text: 'Hello', logprobs: null, finish_reason: 'stop', stop_reason: null },
      ],
      usage: {
        prompt_tokens: 6,
        completion_tokens: 2,
        total_tokens: 8,
        prompt_tokens_details: { cached_tokens: expect.any(Number) },
      },
    })
    expect(Number.isInteger(json.created)).toBe(true)
  })

  test('chat completion', async () => {
    const { json } = await post(url, CHAT, chat('say:Hello|'))
    expect(json).toEqual({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'toy',
      system_fingerprint: 'toy-1',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
          stop_reason: null,
        },
      ],
      usage: expect.objectContaining({ completion_tokens: 2 }),
    })
  })

  test('stream of chat chunks: role first, finish reason last and alone', async () => {
    const { events, ended } = await stream(url, CHAT, chat('say:ab|'))
    expect(ended).toBe(true)
    expect(new Set(events.map(({ id, object, model }) => `${id} ${object} ${model}`)).size).toBe(1)
    expect(events[0].object).toBe('chat.completion.chunk')
    expect(events.map(({ choices: [choice] }) => [choice.delta, choice.finish_reason])).toEqual([
      [{ role: 'assistant', content: '' }, null],
      [{ content: 'a' }, null],
      [{ content: 'b' }, null],
      [{}, 'stop'],
    ])
  })

  test('stream of completion chunks', async () => {
    const { events, ended } = await stream(url, COMPLETION, completion('say:ab|'))
    expect(ended).toBe(true)
    expect(events.every(({ object }) => object === 'text_completion')).toBe(true)
    expect(joined(events)).toBe('ab')
    expect(finishes(events)).toEqual(['stop'])
  })
})

describe('max_tokens', () => {
  test('is 16 for a completion that does not say', async () => {
    const { json } = await post(url, COMPLETION, { prompt: 'loop:ab|', temperature: 0 })
    expect(json.usage.completion_tokens).toBe(16)
    expect(json.choices[0].finish_reason).toBe('length')
  })

  test('of a chat may be called max_completion_tokens, which counts', async () => {
    const { json } = await post(
      url,
      CHAT,
      chat('loop:ab|', { max_tokens: 9, max_completion_tokens: 4 }),
    )
    expect(json.usage.completion_tokens).toBe(4)
  })

  test('of none gives no text', async () => {
    for (const [path, body] of [
      [CHAT, chat('say:Hello|', { max_tokens: 0 })],
      [COMPLETION, completion('say:Hello|', { max_tokens: 0 })],
    ] as const) {
      const { status, json } = await post(url, path, body)
      expect(status).toBe(200)
      expect(json.choices[0].text ?? json.choices[0].message.content).toBe('')
      expect(json.choices[0].finish_reason).toBe('length')
      expect(json.usage.completion_tokens).toBe(0)
    }
  })
})

describe('echo', () => {
  test('puts the prompt before the text, as it was sent', async () => {
    const prompt = 'one two <|im_end|> say:three|'
    const { json } = await post(url, COMPLETION, completion(prompt, { echo: true }))
    expect(json.choices[0].text).toBe(`${prompt}three`)
    const { events } = await stream(
      url,
      COMPLETION,
      completion([prompt, 'say:x|'], { echo: true, n: 2 }),
    )
    expect([0, 1, 2, 3].map((index) => joined(events, index))).toEqual([
      `${prompt}three`,
      `${prompt}three`,
      'say:x|x',
      'say:x|x',
    ])
  })

  test('alone, with max_tokens 0', async () => {
    const { json } = await post(
      url,
      COMPLETION,
      completion('say:x|', { echo: true, max_tokens: 0 }),
    )
    expect(json.choices[0]).toMatchObject({ text: 'say:x|', finish_reason: 'length' })
    expect(json.usage.completion_tokens).toBe(0)
  })
})

describe('several choices', () => {
  const text = (choice: Json) => choice.text ?? choice.message.content
  const dice = 'dice:abcdefgh|'

  // unslothai/unsloth#9262
  test.each([7, -2, 2 ** 31, Number.MAX_SAFE_INTEGER])('seed %i', async (seed) => {
    const body = chat(dice, { temperature: 1, max_tokens: 40, seed, n: 3 })
    const first = await post(url, CHAT, body)
    const again = await post(url, CHAT, body)
    const { events } = await stream(url, CHAT, body)
    const texts = first.json.choices.map(text)
    expect(first.json.choices.map((choice: Json) => choice.index)).toEqual([0, 1, 2])
    expect(new Set(texts).size).toBe(3)
    expect(again.json.choices.map(text)).toEqual(texts)
    expect([0, 1, 2].map((index) => joined(events, index))).toEqual(texts)
    expect([0, 1, 2].map((index) => finishes(events, index))).toEqual([
      ['length'],
      ['length'],
      ['length'],
    ])
    // The first choice is what the seed gives alone.
    const alone = await post(url, CHAT, { ...body, n: 1 })
    expect(text(alone.json.choices[0])).toBe(texts[0])
  })

  test('without a seed each answer is another', async () => {
    const { json } = await post(url, CHAT, chat(dice, { temperature: 1, max_tokens: 40, n: 3 }))
    expect(new Set(json.choices.map(text)).size).toBe(3)
  })

  // InternLM/lmdeploy#2395
  test('of several prompts come in order, and the counts are sums', async () => {
    const prompts = [`${'long '.repeat(50)}say:one|`, 'say:two|', `${'mid '.repeat(10)}say:three|`]
    const { json } = await post(url, COMPLETION, completion(prompts, { n: 2 }))
    const order = json.choices.map((choice: Json) => [choice.index, choice.text])
    expect(order).toEqual([
      [0, 'one'],
      [1, 'one'],
      [2, 'two'],
      [3, 'two'],
      [4, 'three'],
      [5, 'three'],
    ])
    const { events } = await stream(url, COMPLETION, completion(prompts, { n: 2 }))
    expect(order.map(([index]: [number]) => [index, joined(events, index)])).toEqual(order)

    const alone = await Promise.all(
      prompts.map((prompt) => post(url, COMPLETION, completion(prompt))),
    )
    const sum = (key: string) => alone.reduce((total, answer) => total + answer.json.usage[key], 0)
    expect(json.usage.prompt_tokens).toBe(sum('prompt_tokens'))
    expect(json.usage.completion_tokens).toBe(2 * sum('completion_tokens'))
    expect(json.usage.total_tokens).toBe(json.usage.prompt_tokens + json.usage.completion_tokens)
  })

  test('with a seed, each prompt’s choices are what it gets alone', async () => {
    const more = { n: 2, seed: 11, temperature: 1, max_tokens: 20 }
    const { json } = await post(url, COMPLETION, completion([dice, 'dice:xyz|'], more))
    const { json: second } = await post(url, COMPLETION, completion('dice:xyz|', more))
    expect(json.choices.slice(2).map(text)).toEqual(second.choices.map(text))
  })
})

describe('the same prompt again', () => {
  // ggml-org/llama.cpp#5420
  test('gives the same answer, and says how much was known', async () => {
    const body = chat(`say:${'something to say, '.repeat(5)}|`)
    const answers: Json[] = []
    for (let i = 0; i < 6; i++) answers.push((await post(url, CHAT, body)).json)
    expect(new Set(answers.map(({ choices }) => choices[0].message.content)).size).toBe(1)
    const { usage } = answers[5]
    expect(usage.prompt_tokens_details.cached_tokens).toBe(usage.prompt_tokens - 1)
  })
})
