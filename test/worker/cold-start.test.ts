import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, inject, test } from 'vitest'
import { CHAT, chat, type Json, post } from '../support/api.ts'
import { startEdge } from '../support/edge.ts'

const url = inject('toyUrl')

const send = (instance: string, signal?: AbortSignal, base = url) =>
  post(base, CHAT, chat('say:Hello|', { max_tokens: 12 }), {
    headers: { 'x-test-instance': instance },
    ...(signal && { signal }),
  })

describe('the model is loaded by the first request', () => {
  // cloudflare/cloudflare-docs#29797, unjs/env-runner#58: the load takes 40 ms, the first request leaves after 5
  test.each(Array.from({ length: 30 }, (_, i) => i))(
    'who leaves takes nobody along (%i)',
    async (i) => {
      const instance = `cold-${i}`
      const leave = new AbortController()
      const first = send(instance, leave.signal)
      first.catch(() => {})
      const rest = Array.from({ length: 10 }, async (_, k) => {
        await wait(k + 1)
        return send(instance)
      })
      await wait(5)
      leave.abort()
      await expect(first).rejects.toThrow()
      for (const { status, json } of await Promise.all(rest)) {
        expect([status, json.choices[0].message.content]).toEqual([200, 'Hello'])
      }
    },
  )

  test('health and unknown paths do not wait for it', async () => {
    const headers = { 'x-test-instance': 'cold-health' }
    const response = await fetch(new URL('/health', url), { headers })
    expect(await response.json()).toMatchObject({ status: 'ok', model: 'idle' })
  })

  test('a load that fails is everybody’s clear error, without what is inside', async () => {
    const answers = await Promise.all([send('broken-1'), send('broken-1'), send('broken-1')])
    for (const { status, json } of answers) {
      expect([status, json.error.code]).toEqual([500, 'internal_error'])
      expect(JSON.stringify(json)).not.toContain('secret')
    }
    const health = await fetch(new URL('/health', url), {
      headers: { 'x-test-instance': 'broken-1' },
    })
    expect(((await health.json()) as Json).model).toBe('failed')
  })
})

// cloudflare/cloudflare-docs#29797, unjs/env-runner#58
test('the embedded model, dropped while its engine and weights are loaded', async () => {
  const harness = startEdge()
  try {
    for (const delay of [5, 50, 400]) {
      const base = (await harness.listen()).url.href
      const leave = new AbortController()
      const first = send('', leave.signal, base).catch(() => 'dropped')
      const rest = Array.from({ length: 10 }, async (_, k) => {
        await wait(k + 1)
        return send('', undefined, base)
      })
      await wait(delay)
      leave.abort()
      await first
      const answers = await Promise.all(rest)
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
      expect(new Set(answers.map(({ json }) => json.choices[0].message.content)).size).toBe(1)
      expect(harness.getLogs().filter(({ level }) => level === 'error')).toEqual([])
      await harness.reset()
    }
  } finally {
    await harness.close()
  }
})
