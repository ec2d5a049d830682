import { describe, expect, inject, test } from 'vitest'
import { CHAT, COMPLETION, chat, completion, type Json, post, stream } from '../support/api.ts'

const url = inject('toyUrl')

/** The toy's logits at a step: 20 for what it says, -id / 1000 for all others; so ln p can be written down. */
function logprob(id: number, said: number): number {
  const logits = Array.from({ length: 266 }, (_, other) => (other === said ? 20 : -other / 1000))
  return logits[id]! - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))
}

const idOf = async (content: string) => (await post(url, '/tokenize', { content })).json.tokens[0]

describe('chat', () => {
  const ask = async (more: object) => {
    const body = chat('say:ab|', { logprobs: true, ...more })
    const { json } = await post(url, CHAT, body)
    const { events } = await stream(url, CHAT, body)
    const streamed = events.flatMap((event) => event.choices[0].logprobs?.content ?? [])
    const content: Json[] = json.choices[0].logprobs.content
    expect(streamed).toEqual(content)
    return { content, usage: json.usage }
  }

  // vllm-project/vllm#4795
  test.each([{}, { top_logprobs: 0 }])(
    'an entry a token, no alternatives with %j',
    async (more) => {
      const { content, usage } = await ask(more)
      expect(content).toHaveLength(usage.completion_tokens)
      expect(content.map(({ token, bytes, top_logprobs }) => [token, bytes, top_logprobs])).toEqual(
        [
          ['a', [97], []],
          ['b', [98], []],
          ['<|end|>', [], []],
        ],
      )
      const a = await idOf('a')
      expect(content[0].logprob).toBeCloseTo(logprob(a, a), 10)
    },
  )

  // vllm-project/vllm#4795, InternLM/lmdeploy#1548
  test.each([1, 5, 20])('exactly %i alternatives, the likeliest first', async (top_logprobs) => {
    for (const more of [{}, { top_k: 1 }, { top_p: 0.01 }, { temperature: 1.5, seed: 3 }]) {
      const { content } = await ask({ top_logprobs, ...more })
      for (const { top_logprobs: top } of content) {
        expect(top).toHaveLength(top_logprobs)
        const values = top.map((entry: Json) => entry.logprob)
        expect(values).toEqual([...values].sort((x, y) => y - x))
      }
    }
    const { content } = await ask({ top_logprobs })
    const a = await idOf('a')
    expect(content[0].top_logprobs[0]).toEqual({
      token: 'a',
      logprob: content[0].logprob,
      bytes: [97],
    })
    if (top_logprobs > 1) expect(content[0].top_logprobs[1].logprob).toBeCloseTo(logprob(0, a), 10)
  })

  test('bytes put a split character together, and its parts have names of their own', async () => {
    const { json } = await post(url, CHAT, chat('say:🌍|', { logprobs: true }))
    const { content } = json.choices[0].logprobs
    const bytes = content.flatMap((entry: Json) => entry.bytes)
    expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe('🌍')
    expect(content.map((entry: Json) => entry.token)).toEqual([
      'bytes:\\xf0',
      'bytes:\\x9f',
      'bytes:\\x8c',
      'bytes:\\x8d',
      '<|end|>',
    ])
  })
})

describe('completions', () => {
  const ask = async (script: string, more: object) => {
    const body = completion(script, more)
    const { json } = await post(url, COMPLETION, body)
    const { events } = await stream(url, COMPLETION, body)
    const { logprobs, text } = json.choices[0]
    const parts = events.map((event) => event.choices[0].logprobs)
    for (const key of ['tokens', 'token_logprobs', 'top_logprobs', 'text_offset']) {
      expect(parts.flatMap((part) => part[key])).toEqual(logprobs[key])
    }
    return { logprobs, text }
  }

  test('parallel arrays, with offsets into the text', async () => {
    const { logprobs, text } = await ask('say:Hello world🌍!|', { logprobs: 0 })
    expect(text).toBe('Hello world🌍!')
    expect(logprobs.tokens.slice(0, 2)).toEqual(['Hello', ' world'])
    expect(logprobs.text_offset).toEqual([0, 5, 11, 11, 11, 11, 13, 14])
    expect(logprobs.token_logprobs).toHaveLength(8)
    expect(logprobs.top_logprobs.every((top: Json) => Object.keys(top).length === 1)).toBe(true)
  })

  // InternLM/lmdeploy#1548
  test('five alternatives, and the chosen token even if it is a sixth', async () => {
    const { logprobs } = await ask('dice:abcdefgh|', {
      logprobs: 5,
      temperature: 1,
      seed: 5,
      max_tokens: 30,
    })
    const sizes = new Set<number>()
    for (const [i, token] of logprobs.tokens.entries()) {
      const top = logprobs.top_logprobs[i]
      expect(top[token]).toBe(logprobs.token_logprobs[i])
      const likelier = Object.values<number>(top).filter((value) => value > top[token]).length
      sizes.add(Object.keys(top).length)
      expect(likelier).toBeLessThanOrEqual(5)
    }
    expect([...sizes].sort()).toEqual([5, 6])
  })

  test('none without being asked', async () => {
    const { json } = await post(url, COMPLETION, completion('say:a|'))
    expect(json.choices[0].logprobs).toBeNull()
  })
})
