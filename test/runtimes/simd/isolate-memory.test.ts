import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeAll, expect, test } from 'vitest'
import { noStore } from '../../../runtimes/files/part-store.ts'
import { fetchGguf, openGguf, type Place, startGguf } from '../../../runtimes/simd/load-gguf.ts'
import { compileEngine } from '../../../scripts/lib/engine.ts'
import { randomLlama } from '../../support/random-llama.ts'

const KERNELS = new URL('../../../dist/engine/kernels.wasm', import.meta.url)
/** Of an isolate at the edge; workerd on one's own machine does not hold to it. */
const ISOLATE_BYTES = 128e6
/** Code of the worker and everything else in it. */
const REST_BYTES = 10e6
const CHUNK = 65536

beforeAll(compileEngine)

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

async function usage(): Promise<NodeJS.MemoryUsage> {
  // Buffers are given back after the collection that finds them, on another thread.
  for (let round = 0; round < 4; round++) {
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage()
}

/** A file as the network brings it, so that only the loader holds it whole. */
function stream(file: Uint8Array<ArrayBuffer>): Response {
  let at = 0
  const body = new ReadableStream({
    pull(controller) {
      if (at >= file.length) return controller.close()
      controller.enqueue(file.slice(at, at + CHUNK))
      at += CHUNK
    },
  })
  return new Response(body, { headers: { 'content-length': String(file.length) } })
}

test('a model of 40 MB, its file, two full contexts and the heap fit an isolate', async () => {
  const { file } = randomLlama({
    ...{ layers: 12, width: 512, heads: 8, kvHeads: 4, headDim: 64, ffn: 1408, vocab: 8192 },
    ...{ contextLength: 512, blank: true },
  })
  expect(file.length).toBeGreaterThan(40e6)
  const place: Place = {
    fetch: async (input) =>
      String(input).endsWith('model.gguf') ? stream(file) : new Response(null, { status: 404 }),
    store: noStore,
    engine: async () => new WebAssembly.Module(readFileSync(KERNELS)),
  }
  const source = { id: 'large', base: 'https://models.test/large/' }
  // The edge's own limits.
  const options = { maxBytes: 40 * 2 ** 20 + 1e6, maxMemory: 72 * 2 ** 20 }

  const before = await usage()
  const parts = await fetchGguf(await openGguf(source, options, place), options, place)
  const downloaded = (await usage()).arrayBuffers - before.arrayBuffers
  expect(downloaded).toBeGreaterThanOrEqual(file.length)

  const { model, freeMemory } = await startGguf(source, options, parts)
  let wasm = options.maxMemory - freeMemory!
  for (let sequence = 0; sequence < 2; sequence++) {
    const cache = model.createCache()
    for (let tokens = 0; tokens < 512; tokens += 64) {
      await model.forward([{ cache, tokens: new Array(64).fill(1) }])
    }
    wasm += cache.bytes
  }
  const heap = (await usage()).heapUsed - before.heapUsed
  expect(wasm).toBeGreaterThan(file.length)
  expect(downloaded + wasm + heap).toBeLessThan(ISOLATE_BYTES - REST_BYTES)
})
