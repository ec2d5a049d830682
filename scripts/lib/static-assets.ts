/** What the worker serves as static assets besides the widget: the default model, the engine's WebAssembly, headers. */
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { KERNELS } from './engine.ts'
import { ASSETS, DEFAULT_MODEL, DEFAULT_MODEL_FOLDER, ENGINE, ROOT } from './paths.ts'

/**
 * ONNX Runtime's engines: the plain one, and the one with WebGPU for larger models. Served gzip-ed and inflated by the
 * page, since not every host compresses WebAssembly.
 */
const ENGINES = ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.jspi.wasm']

export function copyModel(): void {
  const target = join(ASSETS, 'models', DEFAULT_MODEL, 'resolve/main')
  cpSync(DEFAULT_MODEL_FOLDER, target, {
    recursive: true,
    filter: (source) => !source.endsWith('README.md'),
  })
}

export function compressEngines(): void {
  const folder = dirname(
    createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'),
  )
  const cache = join(ROOT, '.cache/runtime')
  mkdirSync(cache, { recursive: true })
  mkdirSync(join(ASSETS, 'runtime'), { recursive: true })
  for (const engine of ENGINES) {
    const source = join(folder, engine)
    // Compressing takes seconds, so it is done once for each version.
    const { size, mtimeMs } = statSync(source)
    const compressed = join(cache, `${engine}.${size}.${Math.floor(mtimeMs)}.gz`)
    if (!existsSync(compressed))
      writeFileSync(compressed, gzipSync(readFileSync(source), { level: 9 }))
    cpSync(compressed, join(ASSETS, 'runtime', `${engine}.gz`))
  }
}

/** Our own kernels beside them, which are too small to be worth compressing. */
export function copyKernels(): void {
  mkdirSync(join(ASSETS, 'runtime'), { recursive: true })
  for (const file of Object.keys(KERNELS)) cpSync(join(ENGINE, file), join(ASSETS, 'runtime', file))
}

export function copyHeaders(): void {
  cpSync(join(ROOT, 'worker/assets-headers'), join(ASSETS, '_headers'))
}
