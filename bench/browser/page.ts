/** What runs in the page: engines side by side, each loaded as its users load it. An engine's code comes when it is opened. */
import type { Engine, Prompt, Timing } from '../engines/engine.ts'
import { meterMemories } from '../lib/memory-meter.ts'

export type EngineKey = 'ours' | 'flare' | 'wllama' | 'transformers'

/** The page's side; the server's paths are in server.ts. */
export interface Page {
  open(key: EngineKey, model: string): Promise<void>
  run(key: EngineKey, prompt: Prompt, count: number): Promise<Timing>
  /** Milliseconds from nothing at all to a first token. */
  firstToken(key: EngineKey, model: string, prompt: Prompt): Promise<number>
  /** Bytes of WebAssembly memory in this page, workers not counted. */
  memory(): number
}

const memory = meterMemories()

/** Workers that engines start get a meter too. */
globalThis.Worker = class extends Worker {
  constructor(script: string | URL, options?: WorkerOptions) {
    const parts = [`${location.origin}/site/worker-meter.js`, String(script)]
    const code = parts.map((part) => `import ${JSON.stringify(part)}`).join('\n')
    super(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), {
      ...options,
      type: 'module',
    })
  }
}

const engines = new Map<EngineKey, Engine>()

const OPEN: Record<EngineKey, (base: string, model: string) => Promise<Engine>> = {
  async ours(base) {
    const kernels = WebAssembly.compileStreaming(fetch('/kernels.wasm'))
    const { openOurs } = await import('../engines/ours.ts')
    return openOurs(
      base,
      (input, init) => fetch(input, init),
      () => kernels,
    )
  },
  async flare(base) {
    const wasm = WebAssembly.compileStreaming(fetch('/flare/flare.wasm'))
    const gguf = fetch(`${base}model.gguf`).then((response) => response.arrayBuffer())
    const module = await import(/* @vite-ignore */ `${location.origin}/flare/flare.js`)
    const { openFlare } = await import('../engines/flare.ts')
    module.initSync({ module: await wasm })
    return openFlare(module, new Uint8Array(await gguf))
  },
  async wllama(base) {
    const gguf = fetch(`${base}model.gguf`).then((response) => response.blob())
    const module = await import(/* @vite-ignore */ `${location.origin}/wllama/index.min.js`)
    const { openWllama } = await import('../engines/wllama.ts')
    return openWllama(module, `${location.origin}/wllama/wasm/wllama.wasm`, await gguf)
  },
  async transformers(_, model) {
    const address = `${location.origin}/transformers/transformers.min.js`
    const module = await import(/* @vite-ignore */ address)
    const { loadTransformers, transformersEngine } = await import('../engines/transformers.ts')
    const wasmPaths = `${location.origin}/onnxruntime/`
    return transformersEngine(
      await loadTransformers(module, model, '/models/', { wasmPaths, device: 'wasm' }),
    )
  },
}

const page: Page = {
  async open(key, model) {
    engines.set(key, await OPEN[key](`${location.origin}/models/${model}/`, model))
  },
  run: (key, prompt, count) => engines.get(key)!.run(prompt, count),
  async firstToken(key, model, prompt) {
    const start = performance.now()
    await page.open(key, model)
    await page.run(key, prompt, 1)
    return performance.now() - start
  },
  memory,
}
Object.assign(globalThis, { page })
