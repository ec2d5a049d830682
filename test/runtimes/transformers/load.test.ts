import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LoadProgress } from '../../../runtimes/loaded-model.ts'
import { resolveModel } from '../../../runtimes/model-source.ts'
import { loadModel } from '../../../runtimes/transformers/node.ts'
import { FileServer } from '../../support/file-server.ts'
import { runningMeanFile, runningMeanLogits } from '../../support/running-mean.ts'

const FILES = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'onnx/model_quantized.onnx',
]
const WEIGHTS = runningMeanFile('onnx/model_quantized.onnx')

/** A hub of our own: files under /org/name/resolve/main/. */
let hub: FileServer
beforeEach(async () => {
  hub = await FileServer.start()
  for (const name of FILES) put(name, runningMeanFile(name))
})
afterEach(() => hub.stop())

const put = (name: string, bytes: Uint8Array | string) =>
  hub.add(`org/name/resolve/main/${name}`, bytes, `"${name}"`)
const remove = (name: string) => hub.files.delete(`/org/name/resolve/main/${name}`)

function addManifest(change: (name: string, bytes: Uint8Array) => Uint8Array = (_, b) => b) {
  const files = FILES.map((path) => {
    const bytes = change(path, runningMeanFile(path))
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { path, bytes: bytes.length, sha256 }
  })
  put('manifest.json', JSON.stringify({ files }))
}

const load = (options: Partial<Parameters<typeof loadModel>[1]> = {}) =>
  loadModel(resolveModel('org/name', { host: hub.url }), { maxBytes: 1e6, ...options })

test('a model of the hub’s layout loads by its name', async () => {
  const progress: LoadProgress[] = []
  const loaded = await load({ onProgress: (step) => progress.push(step) })
  expect(loaded).toMatchObject({
    id: 'org/name',
    chatTemplate: '{{ messages[0].content }}',
    device: 'wasm',
    note: null,
    architecture: 'llama',
    quantization: 'q8',
    bytes: WEIGHTS.length,
  })
  expect(loaded.model.config).toMatchObject({ contextLength: 48, bosId: null, eosIds: [2, 0] })
  expect(loaded.model.config.vocabSize).toBe(loaded.tokenizer.vocabSize)
  const cache = loaded.model.createCache()
  const [[row]] = (await loaded.model.forward([{ cache, tokens: [7, 8] }])) as [[Float32Array]]
  expect(row[3]).toBeCloseTo(runningMeanLogits([7, 8])[3]!, 4)
  for (const [index, step] of progress.entries()) {
    expect(step.loaded).toBeGreaterThanOrEqual(progress[index - 1]?.loaded ?? 0)
    expect(step.loaded).toBeLessThanOrEqual(step.total)
  }
  expect(progress.at(-1)).toEqual({ loaded: WEIGHTS.length, total: WEIGHTS.length })
  await loaded.model.dispose()
})

test('a manifest saves all questions about files', async () => {
  addManifest()
  await load()
  expect(hub.log.filter((line) => line.startsWith('HEAD'))).toEqual([])
})

test('without 8-bit weights the 32-bit ones are taken, and all weights are named if none are there', async () => {
  remove('onnx/model_quantized.onnx')
  put('onnx/model.onnx', WEIGHTS)
  expect((await load()).quantization).toBe('fp32')
  remove('onnx/model.onnx')
  await expect(load()).rejects.toMatchObject({
    code: 'model_unusable',
    message: expect.stringContaining('looked for onnx/model_quantized.onnx'),
  })
})

test('the fingerprint follows the weights', async () => {
  const first = (await load()).model.config.fingerprint
  expect((await load()).model.config.fingerprint).toBe(first)
  const changed = new Uint8Array(WEIGHTS)
  // In the middle of the embedding.
  changed[changed.length >> 1]! ^= 1
  put('onnx/model_quantized.onnx', changed)
  expect((await load()).model.config.fingerprint).not.toBe(first)
})

test('a model over the limit is refused before its weights are asked for', async () => {
  await expect(load({ maxBytes: 10_000 })).rejects.toMatchObject({
    code: 'model_too_large',
    message:
      'The model "org/name" is too large here: its weights are 26 kB, and at most 10 kB can be held',
  })
  expect(hub.log.filter((line) => line.startsWith('GET') && line.includes('onnx'))).toEqual([])
})

test('and while they arrive, if the server does not tell their size', async () => {
  hub.faults = { hidesLength: true, ignoresRange: true }
  await expect(load({ maxBytes: 10_000 })).rejects.toMatchObject({ code: 'model_too_large' })
})

test('a connection that is cut once does not matter', async () => {
  addManifest()
  hub.faults = { cuts: [5000], cutsOnly: '.onnx' }
  await load()
  expect(hub.log.some((line) => line.endsWith('bytes=5000-'))).toBe(true)
})

test.each([
  ['no such model', () => FILES.forEach(remove), 'model_not_found', 'was not found'],
  [
    'a web page as config.json',
    () => put('config.json', '<!doctype html><title>Sign in</title>'),
    'model_unusable',
    'config.json of the model "org/name" is a web page',
  ],
  [
    'a web page as weights',
    () => put('onnx/model_quantized.onnx', '<!doctype html><title>Sign in</title>'),
    'model_unusable',
    'its ONNX file is damaged, or not an ONNX file',
  ],
  [
    'weights that were cut',
    () => put('onnx/model_quantized.onnx', WEIGHTS.subarray(0, WEIGHTS.length - 100)),
    'model_unusable',
    'its ONNX file is damaged',
  ],
  [
    'other weights than the manifest’s',
    () => addManifest((name, bytes) => (name.endsWith('onnx') ? bytes.map((b) => b ^ 1) : bytes)),
    'model_unusable',
    'onnx/model_quantized.onnx arrived damaged twice',
  ],
  ['no tokenizer', () => remove('tokenizer.json'), 'model_unusable', 'has no tokenizer.json'],
  [
    'a tokenizer of another kind',
    () => put('tokenizer.json', '{"model":{}}'),
    'model_unusable',
    "tokenizer.json can't be used: model.vocab",
  ],
  [
    'an architecture that is no decoder',
    () => put('config.json', JSON.stringify({ model_type: 'bert', vocab_size: 9, n_ctx: 9 })),
    'model_unusable',
    '"bert" is not a decoder that transformers.js knows',
  ],
  [
    'a configuration without sizes',
    () => put('config.json', JSON.stringify({ model_type: 'llama', num_hidden_layers: 1 })),
    'model_unusable',
    'the context',
  ],
])('%s is refused in words', async (_, arrange, code, message) => {
  arrange()
  await expect(load()).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  // The next model must load all the same.
  for (const name of FILES) put(name, runningMeanFile(name))
  remove('manifest.json')
  expect((await load()).quantization).toBe('q8')
})

test('an abort stops the load', async () => {
  const abort = new AbortController()
  abort.abort(new DOMException('not now', 'AbortError'))
  await expect(load({ signal: abort.signal })).rejects.toThrow('not now')
})

test('a folder on disk that is not there is not found', async () => {
  const source = resolveModel('file:///nowhere/at/all/')
  await expect(loadModel(source, { maxBytes: 1e6 })).rejects.toMatchObject({
    code: 'model_not_found',
    message: 'The model "all" was not found',
  })
})
