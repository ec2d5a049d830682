import { describe, expect, inject, test } from 'vitest'
import { CHAT, COMPLETION, chat, completion, type Json, post, stream } from '../support/api.ts'

const url = inject('toyUrl')
const VOCAB = 266

const idOf = async (content: string) =>
  (await post(url, '/tokenize', { content })).json.tokens[0] as number

const answer = async (prompt: string, more: object): Promise<string> => {
  const { status, json } = await post(url, COMPLETION, completion(prompt, more))
  expect(status, JSON.stringify(json)).toBe(200)
  return json.choices[0].text
}

describe('what changes the logits changes the answer', () => {
  test('logit_bias forces a token and forbids one', async () => {
    const z = await idOf('z')
    const a = await idOf('a')
    const force = { logit_bias: { [z]: 100 }, max_tokens: 4 }
    expect(await answer('say:ab|', force)).toBe('zzzz')
    const { json } = await post(url, CHAT, chat('say:ab|', force))
    expect(json.choices[0].message.content).toBe('zzzz')
    const { events } = await stream(url, CHAT, chat('say:ab|', force))
    const streamed = events.map(({ choices }) => choices[0].delta.content ?? '').join('')
    expect(streamed).toBe('zzzz')
    expect(await answer('dice:ab|', { logit_bias: { [a]: -100 }, max_tokens: 4 })).toBe('bbbb')
  })

  // Greedy takes the first of equals, 'a', as long as nothing speaks against it.
  test.each<[object, string]>([
    [{}, 'aaaaaa'],
    [{ frequency_penalty: 1 }, 'ababab'],
    [{ presence_penalty: 1 }, 'abaaaa'],
    [{ presence_penalty: -2 }, 'aaaaaa'],
    // 'ab' is in the prompt, so after 'aa' there is nothing left but the end.
    [{ no_repeat_ngram_size: 2 }, 'aa'],
    [{ bad_words: ['aa'] }, 'ababab'],
    [{ bad_words: ['a'] }, 'bbbbbb'],
    [{ dry_multiplier: 5, dry_allowed_length: 2, dry_sequence_breakers: ['|'] }, 'aaabaa'],
  ])('%j: %s', async (more, expected) => {
    expect(await answer('dice:ab|', { max_tokens: 6, ...more })).toBe(expected)
  })

  test('suppressed and allowed tokens', async () => {
    const [a, b] = [await idOf('a'), await idOf('b')]
    const more = { max_tokens: 3 }
    expect(await answer('dice:abc|', { ...more, suppress_tokens: [a, b] })).toBe('ccc')
    expect(await answer('dice:abc|', { ...more, allowed_token_ids: [b] })).toBe('bbb')
  })

  test('the end comes where it is wanted', async () => {
    const forced = completion('loop:ab|', { max_tokens: 5, forced_eos_token_id: 0 })
    const { json } = await post(url, COMPLETION, forced)
    expect(json.choices[0]).toMatchObject({ text: 'abab', finish_reason: 'stop' })
    const soon = { exponential_decay_length_penalty: [3, 1.5], logit_bias: { 0: 2 } }
    const text = await answer('loop:ab|', soon)
    expect(text.length).toBeGreaterThan(5)
    expect(text.length).toBeLessThan(15)
  })

  test('seeded draws with every warper are the same each time, and others with another seed', async () => {
    const more = {
      temperature: 1.3,
      top_k: 7,
      top_p: 0.9,
      min_p: 0.01,
      typical_p: 0.9,
      epsilon_cutoff: 0.001,
      eta_cutoff: 0.001,
      xtc_probability: 0.5,
      xtc_threshold: 0.12,
      mirostat: 2,
      mirostat_tau: 3,
      mirostat_eta: 0.2,
      repetition_penalty: 1.01,
      max_tokens: 40,
    }
    const first = await answer('dice:abcdefgh|', { ...more, seed: 5 })
    expect(await answer('dice:abcdefgh|', { ...more, seed: 5 })).toBe(first)
    expect(await answer('dice:abcdefgh|', { ...more, seed: 6 })).not.toBe(first)
  })
})

describe('what can’t be done is refused by name', () => {
  test.each<[object, string, RegExp]>([
    // vllm-project/vllm#16529, vllm-project/vllm#5963
    [{ logit_bias: { [VOCAB + 1000]: 1 } }, `logit_bias.${VOCAB + 1000}`, /not in the vocabulary/],
    [{ logit_bias: { '-1': 1 } }, 'logit_bias', /token ids as its keys/],
    [{ logit_bias: { hello: 1 } }, 'logit_bias', /token ids as its keys/],
    [{ logit_bias: { constructor: 1 } }, 'logit_bias', /token ids as its keys/],
    [{ logit_bias: { 5: 1e9 } }, 'logit_bias.5', /at most 100/],
    [{ logit_bias: { 5: null } }, 'logit_bias.5', /must be a number/],
    [{ logit_bias: { 5: '1' } }, 'logit_bias.5', /must be a number/],
    [{ logit_bias: [1, 2] }, 'logit_bias', /must be an object/],
    [{ logit_bias: 'x' }, 'logit_bias', /must be an object/],
    [
      { logit_bias: Object.fromEntries(Array.from({ length: 301 }, (_, id) => [id, 1])) },
      'logit_bias',
      /at most 300 entries/,
    ],
    // gonka-ai/gonka#1170
    [{ stop_token_ids: [VOCAB + 1000] }, 'stop_token_ids[0]', /not in the vocabulary/],
    [{ stop_token_ids: [-1] }, 'stop_token_ids[0]', /at least 0/],
    [{ stop_token_ids: ['x'] }, 'stop_token_ids[0]', /must be a number/],
    [{ suppress_tokens: [3, VOCAB] }, 'suppress_tokens[1]', /not in the vocabulary/],
    [{ allowed_token_ids: [VOCAB] }, 'allowed_token_ids[0]', /not in the vocabulary/],
    [{ allowed_token_ids: [] }, 'allowed_token_ids', /must not be empty/],
    [{ bad_words_ids: [[VOCAB]] }, 'bad_words_ids[0][0]', /not in the vocabulary/],
    [{ forced_eos_token_id: VOCAB }, 'forced_eos_token_id', /not in the vocabulary/],
    [{ frequency_penalty: 2.5 }, 'frequency_penalty', /at most 2/],
    [{ presence_penalty: '1' }, 'presence_penalty', /must be a number/],
    [{ repetition_penalty: 0 }, 'repetition_penalty', /at least 0.01/],
    [{ typical_p: 0 }, 'typical_p', /above 0/],
    [{ epsilon_cutoff: 1 }, 'epsilon_cutoff', /below 1/],
    [{ no_repeat_ngram_size: -1 }, 'no_repeat_ngram_size', /at least 0/],
    [{ mirostat: 1 }, 'mirostat', /must be 0 or 2/],
    [{ bad_words: [''] }, 'bad_words[0]', /must not be empty/],
    [{ exponential_decay_length_penalty: [3] }, 'exponential_decay_length_penalty[1]', /required/],
    [{ allowed_token_ids: [3], suppress_tokens: [3] }, null as never, /No token is left/],
  ])('%j', async (more, param, message) => {
    for (const [path, body] of [
      [CHAT, chat('say:x|', more)],
      [COMPLETION, completion('say:x|', more)],
    ] as const) {
      const { status, json } = await post(url, path, body)
      expect([status, json.error?.param]).toEqual([400, param])
      expect(json.error.message).toMatch(message)
    }
    expect(await answer('say:alive|', {})).toBe('alive')
  })
})

describe('best_of', () => {
  const body = (more: object) =>
    completion('dice:abcdefgh|', { temperature: 1, seed: 7, max_tokens: 10, logprobs: 1, ...more })
  const mean = ({ logprobs }: Json) => {
    const values: number[] = logprobs.token_logprobs
    return values.reduce((sum, value) => sum + value, 0) / values.length
  }

  test('answers with the likeliest of the candidates, and counts them all', async () => {
    // A sloping die, so that candidates differ.
    const slope = Object.fromEntries(
      await Promise.all([...'abcdefgh'].map(async (x, i) => [await idOf(x), -i / 2])),
    )
    const more = { logit_bias: slope }
    const { json: all } = await post(url, COMPLETION, body({ n: 6, ...more }))
    const { json } = await post(url, COMPLETION, body({ n: 2, best_of: 6, ...more }))
    const best = all.choices.toSorted((a: Json, b: Json) => mean(b) - mean(a)).slice(0, 2)
    expect(json.choices.map(mean)).toEqual(best.map(mean))
    expect(json.choices.map(({ index }: Json) => index)).toEqual([0, 1])
    expect(json.usage).toMatchObject({
      prompt_tokens: all.usage.prompt_tokens,
      completion_tokens: all.usage.completion_tokens,
    })
  })

  test('works for chats and for several prompts, and equal to n may be streamed', async () => {
    const { json } = await post(url, CHAT, chat('dice:ab|', { best_of: 3, max_tokens: 4 }))
    expect(json.choices).toHaveLength(1)
    expect(json.usage.completion_tokens).toBe(12)
    const two = await post(url, COMPLETION, completion(['say:a|', 'say:b|'], { best_of: 2 }))
    expect(two.json.choices.map(({ text }: Json) => text)).toEqual(['a', 'b'])
    const { events, ended } = await stream(url, COMPLETION, body({ n: 2, best_of: 2 }))
    expect([ended, new Set(events.map(({ choices }) => choices[0].index)).size]).toEqual([true, 2])
  })
})
