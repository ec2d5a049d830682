/** Plain HTTP to the API, without any client library in between. */

import { expect } from 'vitest'

// biome-ignore lint/suspicious/noExplicitAny: answers are what is being tested
export type Json = any

export async function post(base: string, path: string, body: unknown, init: RequestInit = {}) {
  const response = await fetch(new URL(path, base), {
    method: 'POST',
    ...init,
    headers: { 'content-type': 'application/json', ...init.headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: parseJson(text) }
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The events of a streamed answer, in order, and whether the end marker came. */
export async function stream(base: string, path: string, body: object) {
  const { status, headers, text } = await post(base, path, { ...body, stream: true })
  // A line that begins with a colon is a comment: the sign of life of an answer that takes long.
  const lines = text.split('\n\n').filter((line) => line !== '' && !line.startsWith(':'))
  const data = lines.map((line) => line.replace(/^data: /, ''))
  const ended = data.at(-1) === '[DONE]'
  const events: Json[] = (ended ? data.slice(0, -1) : data).map((line) => JSON.parse(line))
  return { status, headers, events, ended }
}

/** Text of one choice out of a stream's events. */
export function joined(events: Json[], index = 0): string {
  return events
    .flatMap((event) => event.choices ?? [])
    .filter((choice: Json) => choice.index === index)
    .map((choice: Json) => choice.text ?? choice.delta?.content ?? '')
    .join('')
}

/** Every finish_reason a choice got in a stream; there should be one. */
export function finishes(events: Json[], index = 0): string[] {
  return events
    .flatMap((event) => event.choices ?? [])
    .filter((choice: Json) => choice.index === index && choice.finish_reason !== null)
    .map((choice: Json) => choice.finish_reason)
}

/** A chat of one user message, greedy. */
export const chat = (content: string, more: object = {}) => ({
  messages: [{ role: 'user', content }],
  temperature: 0,
  ...more,
})

/** A raw prompt, greedy, with room for the whole answer. */
export const completion = (prompt: unknown, more: object = {}) => ({
  prompt,
  temperature: 0,
  max_tokens: 100,
  ...more,
})

export const CHAT = '/v1/chat/completions'
export const COMPLETION = '/v1/completions'

/** The shape of an error as OpenAI documents it, and nothing else. */
export function expectError(json: Json) {
  expect(Object.keys(json)).toEqual(['error'])
  const { message, type, param, code, ...rest } = json.error
  expect(rest).toEqual({})
  expect(message).toEqual(expect.any(String))
  expect(message.length).toBeGreaterThan(5)
  expect(type).toEqual(expect.any(String))
  expect(param === null || typeof param === 'string').toBe(true)
  expect(code === null || typeof code === 'string').toBe(true)
}
