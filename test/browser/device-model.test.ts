import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { onnxRuntimePlugin } from '../../runtimes/transformers/vite-plugin.ts'
import { FileServer } from '../support/file-server.ts'
import { runningMeanFile, runningMeanLogits } from '../support/running-mean.ts'
import { hasChromium, launch } from './support/browser.ts'
import type { ModelRequest } from './support/model-worker.ts'

/** WebGPU in software: for correctness, not speed. */
const SOFTWARE_GPU = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-webgpu-adapter=swiftshader',
  '--use-vulkan=swiftshader',
]
const ENGINES = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.jspi']
const MODEL = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'onnx/model_quantized.onnx',
  'onnx/model.onnx',
]

const HEADS_FILE = 'onnx/heads.onnx'
const tinyHeads = new URL('../fixtures/models/tiny-heads/', import.meta.url)
const tinyHeadsFile = (name: string) => readFileSync(new URL(name, tinyHeads))

type Request = ModelRequest extends infer R
  ? R extends R
    ? Omit<R, 'base' | 'runtimeBase'>
    : never
  : never

describe.skipIf(!hasChromium)('a model on the device', () => {
  let scripts: string
  let server: FileServer
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let modelBytes: number

  beforeAll(async () => {
    scripts = await mkdtemp(join(tmpdir(), 'edgewise-model-worker-'))
    await build({
      configFile: false,
      logLevel: 'error',
      plugins: [onnxRuntimePlugin()],
      build: {
        outDir: scripts,
        target: 'es2022',
        rolldownOptions: {
          input: fileURLToPath(new URL('support/model-worker.ts', import.meta.url)),
          output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
        },
      },
    })
    browser = await launch(SOFTWARE_GPU)
  })
  afterAll(async () => {
    await browser?.close()
    await rm(scripts, { recursive: true, force: true })
  })

  beforeEach(async () => {
    server = await FileServer.start()
    server.add('index.html', '<!doctype html><title>Model</title>')
    for (const name of await readdir(scripts)) server.add(name, await readFile(join(scripts, name)))
    for (const name of MODEL) server.add(`model/${name}`, runningMeanFile(name), `"${name}"`)
    for (const [name, bytes] of await engines)
      server.add(`runtime/${name}.wasm.gz`, bytes, `"${name}"`)
    // What a first load on the processor takes; generation_config.json and the like included.
    modelBytes = MODEL.filter((name) => name !== 'config.json' && name !== 'onnx/model.onnx')
      .map((name) => runningMeanFile(name).length)
      .reduce((sum, bytes) => sum + bytes)
    context = await browser.newContext()
    page = await context.newPage()
    await page.goto(`${server.url}index.html`)
    await visit()
  })
  afterEach(async () => {
    await context.close()
    await server.stop()
  })

  /** A new worker, as after a page load; what it stored before is still there. */
  const visit = () =>
    page.evaluate(() => {
      Object.assign(window, { worker: new Worker('/model-worker.js', { type: 'module' }) })
    })

  const ask = (request: Request): Promise<unknown> =>
    page.evaluate((message) => {
      const { worker } = window as unknown as { worker: Worker }
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data)
        worker.onerror = (event) => reject(new Error(event.message))
        const base = `${location.origin}/model/`
        worker.postMessage({ base, runtimeBase: `${location.origin}/runtime/`, ...message })
      })
    }, request)

  function expectRow(row: unknown, tokens: number[]) {
    const expected = runningMeanLogits(tokens)
    expect(row).toHaveLength(expected.length)
    for (const [id, value] of expected.entries())
      expect((row as number[])[id]).toBeCloseTo(value, 3)
  }

  /** Everything but the scripts is out of reach. */
  const goOffline = () =>
    context.route(/\/(model|runtime)\//, (route) => route.abort('internetdisconnected'))

  test('is asked for with its size, loads, and needs no network the next time', async () => {
    const engineBytes = (await engines)[0]![1].length
    expect(await ask({ type: 'size' })).toBe(modelBytes + engineBytes)
    const weights = runningMeanFile('onnx/model_quantized.onnx').length
    expect(await ask({ type: 'load' })).toEqual({
      device: 'wasm',
      note: null,
      quantization: 'q8',
      last: { loaded: weights + engineBytes, total: weights + engineBytes },
    })
    expectRow(await ask({ type: 'forward', tokens: [5, 6] }), [5, 6])
    await goOffline()
    await visit()
    expect(await ask({ type: 'size' })).toBe(0)
    expect(await ask({ type: 'load' })).toMatchObject({ device: 'wasm' })
    expectRow(await ask({ type: 'forward', tokens: [5, 7] }), [5, 7])
  })

  test('says so when it is not there and the network neither', async () => {
    await goOffline()
    expect(await ask({ type: 'load' })).toMatchObject({
      error: { code: 'model_unusable', message: expect.stringContaining("can't be reached") },
    })
  })

  test('goes on with a download that a closed tab cut', async () => {
    const engine = (await engines)[0]![1].length
    const cut = Math.floor(engine / 2)
    server.faults = { cuts: [cut, 0, 0, 0], cutsOnly: '.wasm.gz' }
    expect(await ask({ type: 'load' })).toMatchObject({
      error: { message: expect.stringContaining('was cut') },
    })
    server.faults = {}
    server.log.length = 0
    await visit()
    expect(await ask({ type: 'load' })).toMatchObject({ device: 'wasm' })
    expect(
      server.log.filter((line) => line.includes('wasm.gz') && line.includes('bytes=')),
    ).toHaveLength(1)
    expectRow(await ask({ type: 'forward', tokens: [5, 6] }), [5, 6])
  })

  test('changes with its files', async () => {
    await ask({ type: 'load' })
    const changed = new Uint8Array(runningMeanFile('onnx/model_quantized.onnx'))
    server.add('model/onnx/model_quantized.onnx', changed, '"changed"')
    await visit()
    expect(await ask({ type: 'size' })).toBe(changed.length)
    expect(await ask({ type: 'load' })).toMatchObject({ device: 'wasm' })
    expect(await ask({ type: 'size' })).toBe(0)
  })

  test('runs from memory where storage is refused', async () => {
    await ask({ type: 'refuse-storage' })
    expect(await ask({ type: 'load' })).toMatchObject({ device: 'wasm', note: null })
    expectRow(await ask({ type: 'forward', tokens: [5, 6] }), [5, 6])
  })

  test('runs from memory where the quota is spent', async () => {
    const devtools = await context.newCDPSession(page)
    const origin = server.url.slice(0, -1)
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 100_000 })
    expect(await ask({ type: 'load' })).toMatchObject({ device: 'wasm', note: null })
    expectRow(await ask({ type: 'forward', tokens: [5, 6] }), [5, 6])
  })

  test('loads an engine that its server inflated on the way', async () => {
    const { bytes } = server.files.get(`/runtime/${ENGINES[0]}.wasm.gz`)!
    server.files.set(`/runtime/${ENGINES[0]}.wasm.gz`, {
      bytes: gunzipSync(bytes),
    })
    expect(await ask({ type: 'load' })).toMatchObject({ device: 'wasm' })
  })

  test('names an engine that is missing or is a web page', async () => {
    server.files.delete(`/runtime/${ENGINES[0]}.wasm.gz`)
    const error = { code: 'model_unusable', message: expect.stringContaining('engine') }
    expect(await ask({ type: 'load' })).toMatchObject({ error })
    server.add(`runtime/${ENGINES[0]}.wasm.gz`, '<!doctype html>')
    expect(await ask({ type: 'load' })).toMatchObject({ error })
    server.add(`runtime/${ENGINES[0]}.wasm.gz`, (await engines)[0]![1])
    expect(await ask({ type: 'load' })).toMatchObject({ device: 'wasm' })
  })

  test('on the graphics processor computes the same', async () => {
    expect(await ask({ type: 'load', device: 'webgpu' })).toMatchObject({
      device: 'webgpu',
      note: null,
      quantization: 'fp32',
    })
    expectRow(await ask({ type: 'forward', tokens: [5, 6, 7] }), [5, 6, 7])
    expectRow(await ask({ type: 'forward', tokens: [8] }), [5, 6, 7, 8])
    await ask({ type: 'truncate', length: 2 })
    expectRow(await ask({ type: 'forward', tokens: [9] }), [5, 6, 9])
  })

  // huggingface/transformers.js#1576 and ngxson/wllama#62: a lost device ended everything.
  test('goes on without the graphics processor when that is lost, also offline', async () => {
    await ask({ type: 'load', device: 'webgpu' })
    await ask({ type: 'forward', tokens: [5, 6, 7] })
    await goOffline()
    await ask({ type: 'lose-gpu' })
    expectRow(await ask({ type: 'forward', tokens: [8] }), [5, 6, 7, 8])
    expectRow(await ask({ type: 'forward', tokens: [9] }), [5, 6, 7, 8, 9])
  })

  test('stays on the processor if it is small, unless asked', async () => {
    expect(await ask({ type: 'load', device: 'auto' })).toMatchObject({
      device: 'wasm',
      note: null,
    })
  })

  test.each(['wasm', 'webgpu'] as const)(
    'guesses with its heads (%s), also offline',
    async (device) => {
      const [{ prompt, guesses }] = JSON.parse(`${tinyHeadsFile('expected.json')}`)
      for (const name of [...MODEL, HEADS_FILE]) {
        server.add(`model/${name}`, tinyHeadsFile(name), `"heads/${name}"`)
      }
      const [weights, engine] = device === 'wasm' ? [MODEL[4]!, 0] : [MODEL[5]!, 1]
      const total =
        [weights, HEADS_FILE].reduce((sum, name) => sum + tinyHeadsFile(name).length, 0) +
        (await engines)[engine]![1].length
      const loaded = await ask({ type: 'load', device })
      expect(loaded).toMatchObject({ device, last: { loaded: total, total } })
      await ask({ type: 'forward', tokens: prompt })
      expect(await ask({ type: 'guess' })).toEqual(guesses.at(-1))
      await goOffline()
      if (device === 'webgpu') await ask({ type: 'lose-gpu' })
      else {
        await visit()
        expect(await ask({ type: 'load', device })).toMatchObject({ device })
        await ask({ type: 'forward', tokens: prompt })
      }
      expect(await ask({ type: 'guess' })).toEqual(guesses.at(-1))
    },
  )

  test('loads 10 times in a worker', async () => {
    for (let time = 0; time < 10; time++) {
      expect(await ask({ type: 'load' })).toMatchObject({ device: 'wasm' })
    }
    expectRow(await ask({ type: 'forward', tokens: [5, 6] }), [5, 6])
  })
})

/** The engines' files as they are served. */
const dist = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'))
const engines = Promise.all(
  ENGINES.map(
    async (name): Promise<[string, Buffer]> => [
      name,
      gzipSync(await readFile(join(dist, `${name}.wasm`)), { level: 1 }),
    ],
  ),
)
