import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../../scripts/lib/paths.ts'
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
import { startEdge } from '../support/edge.ts'
import { FileServer } from '../support/file-server.ts'

/** A hub with models in Hugging Face's layout. */
let hub: FileServer
const MODELS = join(ROOT, 'test/fixtures/models')

beforeAll(async () => {
  hub = await FileServer.start()
  for (const model of ['tiny-gpt2', 'tiny-marian', 'tiny-heads']) {
    const folder = join(MODELS, model)
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(json|onnx)$/.test(name)) continue
      hub.add(`tests/${model}/resolve/main/${name}`, readFileSync(join(folder, name)))
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

  test('with multi-token heads, whose guesses change no token', async () => {
    const cases: Json[] = JSON.parse(readFileSync(join(MODELS, 'tiny-heads/expected.json'), 'utf8'))
    await withEdge({ MODEL: 'tests/tiny-heads', MODEL_HOST: hub.url }, async (url) => {
      for (const { prompt, greedy } of cases) {
        const { status, json } = await post(
          url,
          COMPLETION,
          completion(prompt, {
            temperature: 0,
            max_tokens: greedy.length,
            ignore_eos: true,
            speculative: { method: 'mtp', num_tokens: 3 },
          }),
        )
        expect(status).toBe(200)
        const { content } = (await post(url, '/detokenize', { tokens: greedy })).json
        expect(json.choices[0].text).toBe(content)
        expect(json.usage.speculation.proposed).toBeGreaterThan(0)
      }
    })
  })

  test('with an encoder: a completion’s prompt is its source', async () => {
    const cases: Json[] = JSON.parse(
      readFileSync(join(MODELS, 'tiny-marian/expected.json'), 'utf8'),
    )
    await withEdge({ MODEL: 'tests/tiny-marian', MODEL_HOST: hub.url }, async (url) => {
      const textOf = async (tokens: number[]) =>
        (await post(url, '/detokenize', { tokens })).json.content
      const [first, second] = cases.slice(2)
      const prompt = [first.source, second.source]
      const { status, json } = await post(url, COMPLETION, completion(prompt, { max_tokens: 14 }))
      expect(status).toBe(200)
      for (const [i, { greedy }] of [first, second].entries())
        expect(json.choices[i].text).toBe(await textOf(greedy))
      expect(json.usage.prompt_tokens).toBe(first.source.length + second.source.length)

      const search = completion(first.source, { max_tokens: 14, num_beams: 4, n: 4 })
      const found = (await post(url, COMPLETION, search)).json.choices
      for (const [i, { ids, score }] of first.beams.entries()) {
        expect(found[i].text).toBe(await textOf(ids))
        expect(found[i].score).toBeCloseTo(score, 4)
      }

      const text = await stream(url, COMPLETION, completion('hello there', { max_tokens: 14 }))
      expect(text.ended).toBe(true)
      const asked = await post(url, COMPLETION, completion('hello there', { max_tokens: 14 }))
      expect(joined(text.events)).toBe(asked.json.choices[0].text)

      for (const [path, body, param] of [
        [CHAT, chat('hello'), 'messages'],
        [COMPLETION, completion('hello', { echo: true, logprobs: 1 }), 'echo'],
        [COMPLETION, completion('hello', { prompt_logprobs: 1 }), 'prompt_logprobs'],
        ['/v1/score', { text: 'hello' }, 'text'],
        [COMPLETION, completion(new Array(50).fill(5)), 'prompt'],
      ] as const) {
        const refused = await post(url, path, body)
        expect([refused.status, refused.json.error.param], path).toEqual([400, param])
      }
    })
  })

  test('that is too large is refused with both sizes', async () => {
    await withEdge({ MODEL_MAX_MB: '1' }, async (url) => {
      const { status, json, headers } = await post(url, CHAT, chat('Hello!'))
      expect([status, json.error.code]).toEqual([500, 'model_too_large'])
      expect(json.error.message).toMatch(/weights are 6(\.\d)? MB.*1(\.0)? MB/)
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
