import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { DecodingError } from '../../decoder/errors.ts'
import { noStore } from '../../runtimes/files/part-store.ts'
import { loadPreferred } from '../../runtimes/load.ts'
import type { LoadedModel, LoadOptions } from '../../runtimes/loaded-model.ts'
import { compileEngine } from '../../scripts/lib/engine.ts'
import { ENGINE } from '../../scripts/lib/paths.ts'
import { text, writeGguf } from '../support/gguf-writer.ts'
import { randomLlama } from '../support/random-llama.ts'

beforeAll(compileEngine)

const source = { id: 'tiny', base: 'https://models.test/tiny/' }
const gguf = randomLlama().file
const other = { id: 'from the other runtime' } as LoadedModel

let files: Map<string, BodyInit>
let fetched: string[]
let otherCalls: number
beforeEach(() => {
  files = new Map()
  fetched = []
  otherCalls = 0
})

function load(
  options: Partial<LoadOptions> = {},
  loadOther: () => Promise<LoadedModel> = async () => other,
) {
  return loadPreferred(
    source,
    { maxBytes: 1e8, ...options },
    {
      fetch: async (input, init) => {
        init?.signal?.throwIfAborted()
        const name = String(input).slice(source.base.length)
        const body = files.get(name)
        if (body === undefined) return new Response(null, { status: 404 })
        const { size } = await new Response(body).blob()
        const headers = { 'content-length': String(size) }
        if (init?.method === 'HEAD') return new Response(null, { headers })
        fetched.push(name)
        return new Response(body, { headers })
      },
      store: noStore,
      engine: async () => new WebAssembly.Module(readFileSync(join(ENGINE, 'kernels.wasm'))),
    },
    () => {
      otherCalls++
      return loadOther()
    },
  )
}

const fails = (code: 'model_not_found' | 'model_unusable' | 'model_too_large') => async () => {
  throw new DecodingError(`the other says ${code}`, code)
}

test('a model.gguf is loaded on our own kernels', async () => {
  files.set('model.gguf', gguf)
  for (const type of [undefined, 'llama', 'mistral']) {
    if (type) files.set('config.json', JSON.stringify({ model_type: type }))
    expect(await load()).toMatchObject({ runtime: 'simd', quantization: 'q8_0', device: 'wasm' })
  }
  expect(otherCalls).toBe(0)
})

test('what is left of the memory is told', async () => {
  files.set('model.gguf', gguf)
  const maxMemory = 10e6
  const { freeMemory } = await load({ maxMemory })
  expect(freeMemory).toBeGreaterThan(0)
  expect(freeMemory).toBeLessThan(maxMemory - gguf.length)
})

test('without one it is the other runtime, whose error is the one that counts', async () => {
  expect(await load()).toBe(other)
  await expect(load({}, fails('model_not_found'))).rejects.toThrow('the other says')
})

test('an architecture that the configuration names is refused before the download', async () => {
  files.set('model.gguf', gguf)
  files.set('config.json', '{"model_type":"gpt2"}')
  expect(await load()).toBe(other)
  expect(fetched).not.toContain('model.gguf')
})

test('a file that is not supported goes to the other runtime; if that has nothing, it says why', async () => {
  files.set(
    'model.gguf',
    writeGguf({ metadata: { 'general.architecture': text('gpt2') }, tensors: [] }),
  )
  expect(await load()).toBe(other)
  await expect(load({}, fails('model_unusable'))).rejects.toThrow(/architecture is "gpt2"/)
})

test('a model that is too large in the one form may fit in the other', async () => {
  files.set('model.gguf', gguf)
  expect(await load({ maxBytes: 1000 })).toBe(other)
  expect(fetched).not.toContain('model.gguf')
  expect(await load({ maxMemory: 200_000 })).toBe(other)
  const refused = { code: 'model_too_large', message: expect.stringContaining('1 kB') }
  await expect(load({ maxBytes: 1000 }, fails('model_unusable'))).rejects.toMatchObject(refused)
})

test('a download that breaks is an error: nothing else is fetched in its place', async () => {
  files.set('model.gguf', gguf)
  const entry = { path: 'model.gguf', bytes: gguf.length, sha256: '0'.repeat(64) }
  files.set('manifest.json', JSON.stringify({ files: [entry] }))
  await expect(load()).rejects.toMatchObject({
    code: 'model_unusable',
    message: expect.stringContaining('damaged'),
  })
  expect(otherCalls).toBe(0)
})

test('an abort ends it', async () => {
  files.set('model.gguf', gguf)
  const signal = AbortSignal.abort(new Error('left'))
  await expect(load({ signal })).rejects.toThrow('left')
  expect(otherCalls).toBe(0)
})
