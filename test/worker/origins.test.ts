import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { CHAT, chat, type Json, post } from '../support/api.ts'
import { startToy } from '../support/edge.ts'

const url = inject('toyUrl')

const preflight = (base: string, origin: string, headers: string) =>
  fetch(new URL(CHAT, base), {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': headers,
    },
  })

describe('any origin', () => {
  // ollama/ollama#8342 and #4001, hummingbird-project/hummingbird#460
  test('a preflight allows the headers that were asked for', async () => {
    const asked = 'authorization,content-type,x-stainless-lang,x-stainless-retry-count,x-my-own'
    const { status, headers } = await preflight(url, 'https://shop.example', asked)
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-headers')).toBe(asked)
    expect(headers.get('access-control-allow-methods')).toContain('POST')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(0)
  })

  // ollama/ollama#8342 and #4001
  test.each<[string, object | string, Record<string, string>, number]>([
    ['answer', chat('say:x|'), {}, 200],
    ['stream', chat('say:x|', { stream: true }), {}, 200],
    ['null origin', chat('say:x|'), { origin: 'null' }, 200],
    ['bad field', chat('x', { n: 0 }), {}, 400],
    ['bad JSON', '{', {}, 400],
    ['unknown model', chat('x', { model: 'y' }), {}, 404],
    ['too large', chat('x'.repeat(300_000)), {}, 413],
    ['no JSON', '{}', { 'content-type': 'text/plain' }, 415],
    ['engine failure', chat('fail:|'), {}, 500],
  ])('%s can be read by the page', async (_, body, extra, status) => {
    const answer = await post(url, CHAT, body, {
      headers: { origin: 'https://shop.example', authorization: 'Bearer x', ...extra },
    })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    const exposed = answer.headers.get('access-control-expose-headers')?.split(',')
    expect(exposed).toEqual(
      expect.arrayContaining(['x-request-id', 'retry-after', 'retry-after-ms', 'x-should-retry']),
    )
  })
})

describe('ALLOWED_ORIGINS', () => {
  const harness = startToy({ ALLOWED_ORIGINS: 'https://shop.example, https://blog.example' })
  let base = ''
  beforeAll(async () => {
    base = (await harness.listen()).url.href
  })
  afterAll(() => harness.close())

  test('a page that is listed', async () => {
    const origin = 'https://blog.example'
    const { status, headers } = await post(base, CHAT, chat('say:x|'), { headers: { origin } })
    expect(status).toBe(200)
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(headers.get('vary')?.toLowerCase()).toContain('origin')
    expect((await preflight(base, origin, 'x')).headers.get('access-control-allow-origin')).toBe(
      origin,
    )
  })

  test.each(['https://evil.example', 'https://shop.example.evil.example', 'null'])(
    '%s is refused before the model does anything',
    async (origin) => {
      const steps = async () =>
        ((await (await fetch(new URL('/test/steps', base))).json()) as Json).steps
      const before = await steps()
      const { status, json, headers } = await post(base, CHAT, chat('say:x|'), {
        headers: { origin },
      })
      expect([status, json.error.type, json.error.code]).toEqual([
        403,
        'permission_error',
        'origin_not_allowed',
      ])
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(await steps()).toBe(before)
      expect(
        (await preflight(base, origin, 'x')).headers.get('access-control-allow-origin'),
      ).toBeNull()
    },
  )

  test('the API’s own pages, and programs without an origin', async () => {
    const { origin } = new URL(base)
    expect((await post(base, CHAT, chat('say:x|'), { headers: { origin } })).status).toBe(200)
    expect((await post(base, CHAT, chat('say:x|'))).status).toBe(200)
  })
})
