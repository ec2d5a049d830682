import { describe, expect, inject, test } from 'vitest'
import {
  CHAT,
  COMPLETION,
  chat,
  completion,
  type Json,
  joined,
  post,
  stream,
} from '../support/api.ts'

const url = inject('toyUrl')
const edge = inject('edgeUrl')

const ask = async (path: string, body: object) => {
  const { status, json } = await post(url, path, body)
  return { status, json, texts: (json?.choices ?? []).map(textOf) }
}
const textOf = (choice: Json): string => choice.text ?? choice.message.content

describe('answers', () => {
  test('n of them, best first, each with its score; usage is their sum', async () => {
    for (const [path, body] of [
      [CHAT, chat('dice:ab|', { max_tokens: 3 })],
      [COMPLETION, completion('dice:ab|', { max_tokens: 3 })],
    ] as const) {
      const { json, texts } = await ask(path, { ...body, num_beams: 4, n: 4 })
      expect(new Set(texts).size).toBe(4)
      for (const text of texts) expect(text).toMatch(/^[ab]{3}$/)
      const scores = json.choices.map(({ score }: Json) => score)
      for (const score of scores) expect(score).toBeCloseTo(-Math.log(2), 5)
      expect(json.choices.map(({ index }: Json) => index)).toEqual([0, 1, 2, 3])
      expect(json.usage.completion_tokens).toBe(12)
    }
  })

  test('use_beam_search, with best_of as the number of beams, as in vLLM', async () => {
    const wide = completion('say:one two|', { use_beam_search: true, best_of: 3, n: 2 })
    const { json, texts } = await ask(COMPLETION, wide)
    expect(texts[0]).toBe('one two')
    expect(json.choices).toHaveLength(2)
    expect(json.choices[0].finish_reason).toBe('stop')
    expect(json.choices[0].score).toBeGreaterThan(json.choices[1].score)
    const alone = await ask(CHAT, chat('say:one two|', { use_beam_search: true }))
    expect(alone.texts).toEqual(['one two'])
  })

  // OpenNMT/OpenNMT-py#1320
  test('the first is the same however many are asked for', async () => {
    const answers: Json[] = []
    for (const n of [1, 3, 5]) {
      const body = {
        messages: [{ role: 'user', content: 'Do you have a garden?' }],
        max_tokens: 12,
      }
      const { json } = await post(edge, CHAT, { ...body, num_beams: 5, length_penalty: 0.7, n })
      expect(json.choices).toHaveLength(n)
      expect(new Set(json.choices.map(textOf)).size).toBe(n)
      answers.push(json.choices[0])
    }
    for (const answer of answers.slice(1)) {
      expect(textOf(answer)).toBe(textOf(answers[0]))
      // From the second on the prompt is cached, and in a pass of another length the engine rounds otherwise.
      expect(answer.score).toBeCloseTo(answers[0].score, 4)
    }
  })

  // vllm-project/vllm#10792
  test('width 16 with 4 answers; fewer answers where there are no more', async () => {
    const wide = await ask(
      COMPLETION,
      completion('dice:abc|', { num_beams: 16, n: 4, max_tokens: 4 }),
    )
    expect(new Set(wide.texts).size).toBe(4)
    const { json } = await post(url, '/tokenize', { content: 'a' })
    const bare = await ask(
      COMPLETION,
      completion('dice:abc|', {
        num_beams: 4,
        n: 4,
        max_tokens: 3,
        allowed_token_ids: json.tokens,
      }),
    )
    expect([bare.status, bare.texts]).toEqual([200, ['aaa']])
  })

  // vllm-project/vllm#21546
  test('logits processors hold for every beam', async () => {
    const a = (await post(url, '/tokenize', { content: 'a' })).json.tokens[0]
    const beams = { num_beams: 4, n: 4, max_tokens: 4 }
    const banned = await ask(
      COMPLETION,
      completion('dice:abc|', { ...beams, logit_bias: { [a]: -100 } }),
    )
    for (const text of banned.texts) expect(text).not.toContain('a')
    const body = completion('dice:abc|', { ...beams, no_repeat_ngram_size: 2 })
    for (const text of (await ask(COMPLETION, body)).texts) {
      const pairs = [...text].slice(1).map((letter, i) => text[i]! + letter)
      expect(new Set(['ab', 'bc', ...pairs]).size).toBe(2 + pairs.length)
    }
  })

  test('required words are in every answer', async () => {
    const body = completion('dice:abc|', {
      num_beams: 4,
      n: 2,
      max_tokens: 12,
      force_words: ['xyz'],
    })
    for (const text of (await ask(COMPLETION, body)).texts) expect(text).toContain('xyz')
    const short = await ask(COMPLETION, { ...body, max_tokens: 2 })
    expect([short.status, short.json.error.param]).toEqual([400, 'force_words'])
  })

  test('several prompts, stop strings and logprobs', async () => {
    const body = completion(['say:one stop two|', 'say:Hello|'], {
      num_beams: 2,
      stop: 'stop',
      logprobs: 1,
    })
    const { json, texts } = await ask(COMPLETION, body)
    expect(texts).toEqual(['one ', 'Hello'])
    expect(json.choices[0].stop_reason).toBe('stop')
    for (const { logprobs } of json.choices) {
      expect(logprobs.tokens.length).toBe(logprobs.token_logprobs.length)
      expect(logprobs.token_logprobs.every((value: number) => value <= 0)).toBe(true)
    }
  })
})

describe('streams', () => {
  const body = chat('say:one two|', { num_beams: 3, n: 2 })

  test('the answers, once they are known', async () => {
    const { json } = await post(url, CHAT, body)
    const { events, ended } = await stream(url, CHAT, body)
    expect(ended).toBe(true)
    for (const index of [0, 1]) {
      expect(joined(events, index)).toBe(textOf(json.choices[index]))
      const last = events.findLast(({ choices }) => choices[0].index === index)
      expect(last.choices[0].score).toBe(json.choices[index].score)
    }
    expect(events.some((event) => event.beams)).toBe(false)
  })

  test('and on the way how the search stands, if it is asked for', async () => {
    for (const [path, more] of [
      [CHAT, body],
      [COMPLETION, completion('say:one two|', { num_beams: 3 })],
    ] as const) {
      const { events } = await stream(url, path, {
        ...more,
        stream_options: { include_beams: true },
      })
      const shown = events.filter((event) => event.beams)
      expect(shown.length).toBeGreaterThan(3)
      expect(shown.every(({ choices }) => choices.length === 0)).toBe(true)
      expect(shown.some(({ beams }) => beams.live[0]?.text === 'one')).toBe(true)
      expect(shown.at(-1).beams.live).toEqual([])
      expect(shown.at(-1).beams.finished[0].text).toBe('one two')
      expect(joined(events, 0)).toBe('one two')
    }
  })
})

describe('refused by name', () => {
  test('a view of beams where there are none', async () => {
    const stream_options = { include_beams: true }
    const { status, json } = await post(url, CHAT, chat('say:a|', { stream: true, stream_options }))
    expect([status, json.error.param]).toEqual([400, 'stream_options'])
  })

  test.each<[string, object]>([
    ['num_beams', { num_beams: 17 }],
    ['num_beams', { num_beams: 0 }],
    ['num_beams', { num_beams: 4, use_beam_search: false }],
    ['best_of', { use_beam_search: true, best_of: 17 }],
    ['best_of', { num_beams: 4, best_of: 5 }],
    ['n', { num_beams: 2, n: 3 }],
    ['length_penalty', { num_beams: 2, length_penalty: 'long' }],
    ['length_penalty', { length_penalty: 2 }],
    ['early_stopping', { num_beams: 2, early_stopping: 'soon' }],
    ['temperature', { num_beams: 2, temperature: 0.7 }],
    ['top_p', { num_beams: 2, top_p: 0.5 }],
    ['diversity_penalty', { num_beams: 4, num_beam_groups: 2 }],
    ['num_beam_groups', { num_beams: 4, num_beam_groups: 3, diversity_penalty: 1 }],
  ])('%s: %j', async (param, more) => {
    for (const [path, body] of [
      [CHAT, chat('say:a|', more)],
      [COMPLETION, completion('say:a|', more)],
    ] as const) {
      const { status, json } = await post(url, path, body)
      expect([status, json.error.param]).toEqual([400, param])
    }
  })

  test('more beams than a request may have over all its prompts', async () => {
    const prompts = new Array(3).fill('say:a|')
    const { status, json } = await post(url, COMPLETION, completion(prompts, { num_beams: 12 }))
    expect([status, json.error.param]).toEqual([400, 'prompt'])
  })
})
