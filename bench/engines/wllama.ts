import type { Engine } from './engine.ts'

export const WLLAMA = 'wllama'

/** What we call of @wllama/wllama, whose own types come with a package that is installed only to be measured. */
export interface WllamaModule {
  Wllama: new (paths: { default: string }, options: object) => Wllama
  LoggerWithoutDebug: object
}

interface Wllama {
  loadModel(files: Blob[], options: object): Promise<void>
  createCompletion(options: object): Promise<{
    timings?: {
      prompt_n: number
      prompt_ms: number
      predicted_n: number
      predicted_per_second: number
    }
  }>
  exit(): Promise<void>
}

/**
 * llama.cpp compiled to WebAssembly, in the worker that it starts. The figures are those that llama.cpp takes itself, so
 * that messages between page and worker don't count against it.
 */
export async function openWllama(
  { Wllama, LoggerWithoutDebug }: WllamaModule,
  wasm: string,
  gguf: Blob,
): Promise<Engine> {
  const quiet = { suppressNativeLog: true, logger: { ...LoggerWithoutDebug, log() {}, warn() {} } }
  const wllama = new Wllama({ default: wasm }, quiet)
  await wllama.loadModel([gguf], {
    ...{ n_ctx: 512, n_batch: 512, n_threads: 1, n_gpu_layers: 0, n_parallel: 1 },
    cache_idle_slots: false,
  })
  return {
    name: WLLAMA,
    async run({ ids, text }, count) {
      const { timings } = await wllama.createCompletion({
        prompt: text,
        max_tokens: Math.max(2, count),
        temperature: 0,
        ignore_eos: true,
      })
      if (!timings) throw new Error(`${WLLAMA} gave no timings`)
      if (Math.abs(timings.prompt_n - ids.length) > 8) {
        throw new Error(`${WLLAMA} read ${timings.prompt_n} tokens instead of ${ids.length}`)
      }
      if (timings.predicted_n < count) {
        throw new Error(`${WLLAMA} stopped after ${timings.predicted_n} of ${count} tokens`)
      }
      return { prefill: timings.prompt_ms, decode: timings.predicted_per_second }
    },
    close: () => wllama.exit(),
  }
}
