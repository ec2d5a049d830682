import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { ROOT } from '../../scripts/lib/paths.ts'
import { CHAT, chat, post } from '../support/api.ts'
import { startEdge } from '../support/edge.ts'
import { FileServer } from '../support/file-server.ts'

/** A hub with the default model once more, and with one of another vocabulary. */
let hub: FileServer
const MODELS = {
  twin: join(ROOT, 'model/edgewise-chat'),
  stranger: join(ROOT, 'test/fixtures/models/tiny-gpt2'),
}

beforeAll(async () => {
  hub = await FileServer.start()
  for (const [model, folder] of Object.entries(MODELS)) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(json|onnx|gguf)$/.test(name)) continue
      hub.add(`tests/${model}/resolve/main/${name}`, readFileSync(join(folder, name)))
    }
  }
})
afterAll(() => hub.stop())

const BODY = chat('can you book a table for two tonight', { max_tokens: 24 })

/** Asks a worker with this draft model. */
async function ask(draft: string, more: object = {}) {
  const harness = startEdge({ DRAFT_MODEL: `tests/${draft}`, MODEL_HOST: hub.url })
  try {
    const { url } = await harness.listen()
    return await post(url.href, CHAT, { ...BODY, ...more })
  } finally {
    await harness.close()
  }
}

test('a draft model that is the model itself is never wrong', async () => {
  const plain = await post(inject('edgeUrl'), CHAT, BODY)
  const { json } = await ask('twin', { speculative: { method: 'draft_model', num_tokens: 3 } })
  expect(json.choices).toEqual(plain.json.choices)
  const { accepted, proposed } = json.usage.speculation
  expect(accepted).toBeGreaterThan(4)
  expect(accepted).toBe(proposed)
})

// ggml-org/llama.cpp#3812
test('one that means other texts by its tokens keeps the worker from answering, and says so', async () => {
  const { status, json } = await ask('stranger')
  expect([status, json.error.code]).toEqual([500, 'model_unusable'])
  expect(json.error.message).toMatch(/draft model can't guess for this model: its vocabulary has/)
})
