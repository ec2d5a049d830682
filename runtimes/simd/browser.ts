import built from '../../dist/engine/kernels.json' with { type: 'json' }
import { download, missingBytes } from '../files/download.ts'
import type { DownloadContext } from '../files/download-context.ts'
import type { FileFacts } from '../files/file-facts.ts'
import { cacheStorageStore } from '../files/part-store.ts'
import type { LoadOptions } from '../loaded-model.ts'
import type { ModelSource } from '../model-source.ts'
import { kernelsFile } from './kernels-file.ts'
import { FILE, openGguf, type Place } from './load-gguf.ts'

/**
 * Our kernels in a browser's module worker: a file beside those of the other engine, stored as the model is. Script and
 * kernels are of one build, so its size and hash are known beforehand.
 */
export function simdPlace(options: LoadOptions): Place {
  const { fetch, store } = storage(options)
  const facts = kernelsFacts(options)
  return {
    fetch,
    store,
    engine: async (meter, signal) => {
      meter.expect(facts.name, facts.bytes)
      const onBytes = (here: number) => meter.update(facts.name, here)
      return WebAssembly.compile(await download(facts, { fetch, store, signal, onBytes }))
    },
  }
}

/**
 * Bytes that loading a folder's model.gguf would take from the network now, the kernels included.
 *
 * @throws {DecodingError} as `openGguf`
 */
export async function simdDownloadSize(source: ModelSource, options: LoadOptions): Promise<number> {
  const { fetch, store } = storage(options)
  const { files, extras } = await openGguf(source, options, { fetch, store })
  const sizes = [FILE, ...extras.map(({ name }) => name)].map((name) => files.missing(name))
  const missing = await Promise.all([...sizes, missingBytes(kernelsFacts(options), store)])
  return missing.reduce((sum, bytes) => sum + bytes, 0)
}

function kernelsFacts(options: LoadOptions): FileFacts {
  const base = options.runtimeBase ?? new URL('/runtime/', location.href).href
  const name = kernelsFile()
  const url = new URL(name, base)
  // Copies of other builds, in any cache on the way, are other files.
  url.searchParams.set('v', built[name].sha256.slice(0, 16))
  return { name, url: url.href, etag: null, ...built[name] }
}

/** The store of the other engine; the browser's HTTP cache would hold everything twice. */
function storage(options: LoadOptions): Pick<DownloadContext, 'fetch' | 'store'> {
  const fetcher = options.fetch ?? ((input, init) => fetch(input, { cache: 'no-store', ...init }))
  return { fetch: fetcher, store: cacheStorageStore('edgewise-files') }
}
