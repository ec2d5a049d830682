import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../../scripts/lib/paths.ts'
import { CHAT, COMPLETION, chat, completion, type Json, post } from '../support/api.ts'
import { startEdge } from '../support/edge.ts'
import { FileServer } from '../support/file-server.ts'

/** A hub with one model in Hugging Face's layout. */
let hub: FileServer
const GPT2 = join(ROOT, 'test/fixtures/models/tiny-gpt2')

beforeAll(async () => {
  hub = await FileServer.start()
  for (const name of readdirSync(GPT2, { recursive: true, encoding: 'utf8' })) {
    if (/\.(json|onnx)$/.test(name)) {
      hub.add(`tests/tiny-gpt2/resolve/main/${name}`, readFileSync(join(GPT2, name)))
    }
  }
})
afterAll(() => hub.stop())

/** Runs the worker with other settings than its own. */
async function withEdge(vars: Record<string, string>, run: (url: string) => Promise<void>) {
  const harness = startEdge(vars)
  try {
    await run((await harness.listen()).url.href)
  } finally {
    await harness.close()
  }
}

describe('MODEL', () => {
  test('from a hub of one’s own', async () => {
    await withEdge({ MODEL: 'tests/tiny-gpt2', MODEL_HOST: hub.url }, async (url) => {
      const list = (await (await fetch(new URL('/v1/models', url))).json()) as Json
      expect(list.data[0]).toMatchObject({
        id: 'tests/tiny-gpt2',
        owned_by: 'tests',
        architecture: 'gpt2',
      })
      for (const id of ['tests%2Ftiny-gpt2', 'tests/tiny-gpt2']) {
        const model = await fetch(new URL(`/v1/models/${id}`, url))
        expect([model.status, ((await model.json()) as Json).id]).toEqual([200, 'tests/tiny-gpt2'])
      }
      const body = completion('Hello', {
        model: 'tests/tiny-gpt2',
        max_tokens: 5,
        ignore_eos: true,
      })
      const { status, json } = await post(url, COMPLETION, body)
      expect(status).toBe(200)
      expect(json.usage.completion_tokens).toBe(5)
      expect((await post(url, COMPLETION, { ...body, model: 'edgewise-chat' })).status).toBe(404)
    })
  })

  test('that is too large is refused with both sizes', async () => {
    await withEdge({ MODEL_MAX_MB: '1' }, async (url) => {
      const { status, json, headers } = await post(url, CHAT, chat('Hello!'))
      expect([status, json.error.code]).toEqual([500, 'model_too_large'])
      expect(json.error.message).toMatch(/6(\.0)? MB.*1(\.0)? MB/)
      expect(headers.get('x-should-retry')).toBe('false')
      expect((await fetch(new URL('/health', url))).status).toBe(200)
    })
  })

  test('that is not there', async () => {
    await withEdge({ MODEL: 'tests/nothing', MODEL_HOST: hub.url }, async (url) => {
      const { status, json } = await post(url, CHAT, chat('Hello!'))
      expect([status, json.error.code]).toEqual([500, 'model_not_found'])
      expect(json.error.message).toContain('tests/nothing')
      expect(json.error.message).not.toContain(ROOT)
    })
  })
})
