/// <reference types="node" />
import { readFile } from 'node:fs/promises'
import { fetchFile } from '../files/file-fetch.ts'
import { noStore } from '../files/part-store.ts'
import type { LoadedModel, LoadOptions } from '../loaded-model.ts'
import type { ModelSource } from '../model-source.ts'
import { kernelsFile } from './kernels-file.ts'
import { loadGguf, type Place } from './load-gguf.ts'

/**
 * Loads a folder's model.gguf onto our own kernels in Node.
 *
 * @throws {DecodingError} `model_not_found`, `model_too_large` or `model_unusable`
 */
export function loadModel(source: ModelSource, options: LoadOptions): Promise<LoadedModel> {
  return loadGguf(source, options, simdPlace(options))
}

/** Our kernels in Node, from the disk. */
export function simdPlace(options: LoadOptions): Place {
  return { fetch: options.fetch ?? fetchFile, store: noStore, engine: readKernels }
}

/** The compiled kernels, which `npm run build` leaves in dist/engine. */
async function readKernels(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(
    await readFile(new URL(`../../dist/engine/${kernelsFile()}`, import.meta.url)),
  )
}
