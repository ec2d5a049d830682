import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CHAT, chat, type Json, joined, post, stream } from '../support/api.ts'
import { startToy } from '../support/edge.ts'

// A worker of its own: what it does while nobody asks is the question here.
const harness = startToy()
let url = ''
beforeAll(async () => {
  url = (await harness.listen()).url.href
})
afterAll(() => harness.close())

async function get(path: string, instance: string): Promise<Json> {
  const response = await fetch(new URL(path, url), { headers: { 'x-test-instance': instance } })
  return response.json()
}

/** Each test has an engine of its own, since it looks at who is running. */
let instance = ''
let counter = 0
beforeEach(() => {
  instance = `leaving-${counter++}`
})

const send = (body: object, signal?: AbortSignal) =>
  fetch(new URL(CHAT, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-test-instance': instance },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })

/** Waits until nobody runs or waits any more; fails after a while. */
async function untilIdle() {
  for (let i = 0; i < 1000; i++) {
    const { running, waiting } = await get('/health', instance)
    if (running + waiting === 0) return
    await wait(20)
  }
  throw new Error('a slot is still taken')
}

/** How many tokens the engine computes in a while in which nobody wants any. */
async function idleSteps() {
  const { steps: before } = await get('/test/steps', instance)
  await wait(150)
  const { steps: after } = await get('/test/steps', instance)
  return after - before
}

afterEach(untilIdle)

// cloudflare/workerd#4638 and #4185, honojs/website#769
describe('generation stops when its reader leaves', () => {
  test('in the middle of a stream', async () => {
    const leave = new AbortController()
    const response = await send(chat('slow:ab|', { stream: true, max_tokens: 2000 }), leave.signal)
    const reader = response.body!.getReader()
    for (let i = 0; i < 5; i++) await reader.read()
    expect(await get('/health', instance)).toMatchObject({ running: 1 })
    leave.abort()
    await expect(reader.read()).rejects.toThrow()
    await untilIdle()
    expect(await idleSteps()).toBe(0)
  })

  test('by cancelling the body only', async () => {
    const response = await send(chat('slow:ab|', { stream: true, max_tokens: 2000 }))
    const reader = response.body!.getReader()
    await reader.read()
    await reader.cancel()
    await untilIdle()
    expect(await idleSteps()).toBe(0)
  })

  test('in a request that is not streamed', async () => {
    const leave = new AbortController()
    const answer = send(chat('slow:ab|', { max_tokens: 2000 }), leave.signal)
    answer.catch(() => {})
    await wait(150)
    leave.abort()
    await expect(answer).rejects.toThrow()
    await untilIdle()
    expect(await idleSteps()).toBe(0)
  })

  test('before the first token', async () => {
    for (const delay of [0, 5, 20, 40]) {
      const leave = new AbortController()
      const long = `${'slow:a|'.repeat(20)}`
      const answer = send(chat(long, { stream: true, max_tokens: 2000 }), leave.signal)
      answer.catch(() => {})
      await wait(delay)
      leave.abort()
      await expect(answer).rejects.toThrow()
    }
    await untilIdle()
    expect(await idleSteps()).toBe(0)
  })

  test('while it waits in the queue', async () => {
    const leave = new AbortController()
    const requests = Array.from({ length: 5 }, () =>
      send(chat('slow:ab|', { max_tokens: 2000 }), leave.signal),
    )
    for (const request of requests) request.catch(() => {})
    await expect.poll(() => get('/health', instance)).toMatchObject({ running: 4, waiting: 1 })
    leave.abort()
    await untilIdle()
    expect(await idleSteps()).toBe(0)
  })
})

describe('more requests than slots', () => {
  test('the rest waits, and beyond that is asked to come back', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => send(chat('slow:ab|', { max_tokens: 20 }))),
    )
    const refused = answers.filter(({ status }) => status === 503)
    const answered = answers.filter(({ status }) => status === 200)
    expect(refused.length + answered.length).toBe(50)
    expect(answered.length).toBeGreaterThanOrEqual(36)
    expect(refused.length).toBeGreaterThan(0)
    for (const answer of answered) {
      expect(((await answer.json()) as Json).choices[0].message.content).toBe('ab'.repeat(10))
    }
    for (const answer of refused) {
      expect(answer.headers.get('retry-after')).toBe('1')
      expect(answer.headers.get('retry-after-ms')).toBe('1000')
      expect(((await answer.json()) as Json).error).toMatchObject({
        type: 'server_error',
        code: 'overloaded',
      })
    }
  })

  // ml-explore/mlx-lm#965, inferencerlabs/inferencer-feedback#127
  test('answers of parallel requests stay apart, whoever leaves', async () => {
    for (let round = 0; round < 5; round++) {
      const requests = Array.from({ length: 16 }, async (_, i) => {
        const text = `answer ${i} of ${round}: ${'xyz'.repeat(i)}`
        if (i % 5 === 4) {
          const leave = new AbortController()
          const answer = send(chat(`slow:${text}|`, { max_tokens: 500 }), leave.signal).catch(
            () => {},
          )
          await wait(i)
          leave.abort()
          await answer
          return
        }
        if (i % 2 === 0) {
          const { events } = await stream(url, CHAT, chat(`say:${text}|`))
          expect(joined(events)).toBe(text)
          return
        }
        const { json } = await post(url, CHAT, chat(`say:${text}|`, { n: 2 }))
        expect(json.choices.map((choice: Json) => choice.message.content)).toEqual([text, text])
      })
      await Promise.all(requests)
    }
  })

  test('health answers while the engine works', async () => {
    const leave = new AbortController()
    const response = await send(chat('slow:ab|', { stream: true, max_tokens: 2000 }), leave.signal)
    response.body!.pipeTo(new WritableStream()).catch(() => {})
    for (let i = 0; i < 5; i++)
      expect(await get('/health', instance)).toMatchObject({ status: 'ok' })
    leave.abort()
  })
})
