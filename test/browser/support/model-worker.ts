/** A module worker that loads models and computes rows and guesses, as the widget's does, one message at a time. */

import type { MultiTokenModel } from '../../../decoder/index.ts'
import type { KVCache } from '../../../decoder/language-model.ts'
import type { LoadedModel, LoadOptions, LoadProgress } from '../../../runtimes/loaded-model.ts'
import { resolveModel } from '../../../runtimes/model-source.ts'
import { downloadSize, loadModel } from '../../../runtimes/transformers/browser.ts'

export type ModelRequest = { base: string; runtimeBase: string; device?: LoadOptions['device'] } & (
  | { type: 'size' | 'load' | 'guess' }
  | { type: 'forward'; tokens: number[] }
  | { type: 'truncate'; length: number }
  | { type: 'lose-gpu' | 'refuse-storage' }
)

let loaded: LoadedModel | undefined
let cache: KVCache

addEventListener('message', async ({ data }: MessageEvent<ModelRequest>) => {
  try {
    postMessage(await answer(data))
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string }
    postMessage({ error: { name, message, code } })
  }
})

async function answer(request: ModelRequest): Promise<unknown> {
  const source = resolveModel(request.base)
  const progress: LoadProgress[] = []
  const options: LoadOptions = {
    maxBytes: 1e6,
    runtimeBase: request.runtimeBase,
    onProgress: (step) => progress.push(step),
    ...(request.device && { device: request.device }),
  }
  if (request.type === 'size') return downloadSize(source, options)
  if (request.type === 'load') {
    await loaded?.model.dispose()
    loaded = await loadModel(source, options)
    cache = loaded.model.createCache()
    const { device, note, quantization } = loaded
    return { device, note, quantization, last: progress.at(-1) }
  }
  if (request.type === 'forward') {
    const [[row]] = (await loaded!.model.forward([{ cache, tokens: request.tokens }])) as [
      [Float32Array],
    ]
    return Array.from(row)
  }
  if (request.type === 'guess') {
    const rows = await (loaded!.model as MultiTokenModel).headLogits(cache)
    return rows.map((row) => row.indexOf(Math.max(...row)))
  }
  if (request.type === 'truncate') return cache.truncate(request.length)
  if (request.type === 'refuse-storage') {
    Object.defineProperty(globalThis, 'caches', {
      get: () => {
        throw new DOMException('denied', 'SecurityError')
      },
    })
    return null
  }
  const { env } = (await import('onnxruntime-web/jspi')) as typeof import('onnxruntime-web')
  const device = (await env.webgpu.device) as unknown as { destroy(): void }
  device.destroy()
  return null
}
