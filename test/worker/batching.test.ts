import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTestHarness } from 'wrangler'
import { ROOT } from '../../scripts/lib/paths.ts'
import { CHAT, COMPLETION, completion, type Json, joined, post, stream } from '../support/api.ts'

const harness = createTestHarness({
  root: ROOT,
  workers: [
    {
      config: {
        name: 'simd',
        main: 'test/support/simd-worker.ts',
        compatibility_date: '2026-11-17',
        compatibility_flags: ['no_nodejs_compat', 'no_nodejs_compat_v2'],
        rules: [{ type: 'CompiledWasm' as const, globs: ['**/*.wasm'], fallthrough: true }],
      },
    },
  ],
})
let url = ''
beforeAll(async () => {
  url = (await harness.listen()).url.href
})
afterAll(() => harness.close())

/** Sequences in each pass since the last look, and pages of keys and values held. */
async function engine(): Promise<{ passes: number[]; pagesHeld: number }> {
  return (await fetch(new URL('/test/engine', url))).json() as Promise<Json>
}

afterEach(async () => {
  const idle = async () => (await fetch(new URL('/health', url))).json()
  await expect.poll(idle).toMatchObject({ running: 0, waiting: 0 })
})

const prompt = (seed: number, length: number) =>
  Array.from({ length }, (_, i) => 1 + ((seed * 31 + i * i * 7 + i * seed) % 49))

/** What one request is about: nobody shares a cache, since what is cached shows in `usage`. */
const request = (i: number, length: number, more: object) => ({
  ...completion(prompt(i, length), { max_tokens: 60, ignore_eos: true, ...more }),
  cache_salt: `${i}`,
})

const MIXED = [
  request(0, 3, {}),
  request(1, 300, {}),
  request(2, 20, { temperature: 1, seed: 1 }),
  request(3, 20, { temperature: 1, seed: 2, logprobs: 3 }),
  request(4, 50, { temperature: 0.7, top_p: 0.9, seed: 3, repetition_penalty: 1.2 }),
  request(5, 5, { num_beams: 4 }),
  request(6, 64, { num_beams: 3, n: 2, length_penalty: 2 }),
  request(7, 40, { temperature: 1, n: 3, seed: 5 }),
  request(8, 450, { temperature: 1, seed: 6 }),
  request(9, 60, { speculative: { method: 'ngram', num_tokens: 4 } }),
  request(10, 16, { mirostat: 2, temperature: 1, seed: 7 }),
  request(11, 30, { echo: true, logprobs: 2 }),
  request(12, 1, {}),
  request(13, 100, { structured_outputs: { regex: '[A-F]{8,20}' }, temperature: 1, seed: 9 }),
  request(14, 200, { dry_multiplier: 0.8 }),
  request(15, 33, { min_p: 0.1, temperature: 1.2, seed: 8 }),
]

/** An answer without what is its own: id and time. */
const essence = ({ choices, usage }: Json) => ({ choices, usage })

/** The same requests again find their own prompts cached; salts apart from those make them new. */
const salted = (salt: string) =>
  MIXED.map((body) => ({ ...body, cache_salt: `${body.cache_salt}-${salt}` }))

describe('16 requests at once', () => {
  test('are answered as each alone is, and share passes', async () => {
    const alone: Json[] = []
    for (const body of salted('alone'))
      alone.push(essence((await post(url, COMPLETION, body)).json))
    await engine()
    const together = await Promise.all(salted('a').map((body) => post(url, COMPLETION, body)))
    for (const [i, { status, json }] of together.entries()) {
      expect(status, json?.error?.message).toBe(200)
      expect(essence(json), JSON.stringify(MIXED[i])).toEqual(alone[i])
    }
    const { passes } = await engine()
    expect(Math.max(...passes)).toBeGreaterThanOrEqual(10)
  })

  test('as streams say what they say whole', async () => {
    const plain = salted('b').filter((body) => !('echo' in body))
    const whole: Json[] = []
    for (const body of plain) whole.push((await post(url, COMPLETION, body)).json)
    const streams = await Promise.all(
      salted('c')
        .filter((body) => !('echo' in body))
        .map((body) => stream(url, COMPLETION, body)),
    )
    for (const [i, { events, ended }] of streams.entries()) {
      expect(ended).toBe(true)
      for (const [n, { text }] of whole[i].choices.entries()) {
        expect(joined(events, n), JSON.stringify(plain[i])).toBe(text)
      }
    }
  })
})

test('a long text comes along while long prompts are read', async () => {
  await engine()
  const text = stream(url, COMPLETION, request(20, 3, { max_tokens: 400 }))
  await new Promise((resolve) => setTimeout(resolve, 30))
  const prompts = Array.from({ length: 6 }, (_, i) =>
    post(url, COMPLETION, request(21 + i, 500, { max_tokens: 1 })),
  )
  expect((await text).ended).toBe(true)
  for (const { status } of await Promise.all(prompts)) expect(status).toBe(200)
})

test('who leaves in the middle leaves no memory behind', async () => {
  const body = request(30, 20, { max_tokens: 480 })
  await post(url, COMPLETION, body)
  // The whole text is kept now, so that its parts are not: whatever more is held was lost.
  const { pagesHeld } = await engine()
  for (let round = 0; round < 12; round++) {
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const leave = new AbortController()
        const answer = fetch(new URL(COMPLETION, url), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...body, stream: i % 4 > 0 }),
          signal: leave.signal,
        })
        answer.catch(() => {})
        if (i % 4 > 1) await (await answer).body!.getReader().read()
        else await new Promise((resolve) => setTimeout(resolve, 4 * i))
        leave.abort()
      }),
    )
  }
  await expect.poll(async () => (await engine()).pagesHeld).toBeLessThanOrEqual(pagesHeld)
})

test('chats are refused clearly where the model has no template', async () => {
  const { status, json } = await post(url, CHAT, { messages: [{ role: 'user', content: 'hi' }] })
  expect(status).toBe(400)
  expect(json.error.param).toBe('messages')
})
