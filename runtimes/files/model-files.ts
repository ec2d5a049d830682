import { DecodingError } from '../../decoder/errors.ts'
import type { ModelSource } from '../model-source.ts'
import { download, missingBytes } from './download.ts'
import type { DownloadContext } from './download-context.ts'
import { type FileFacts, findFacts } from './file-facts.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import { ABSENT, StoredFile } from './stored-file.ts'

/** The files of one model, wherever they come from: network, browser storage, or a disk behind a `fetch`. */
export class ModelFiles {
  readonly source: ModelSource
  readonly #context: DownloadContext
  readonly #manifest: Manifest | null
  readonly #facts = new Map<string, Promise<FileFacts | null>>()

  private constructor(source: ModelSource, context: DownloadContext, manifest: Manifest | null) {
    this.source = source
    this.#context = context
    this.#manifest = manifest
  }

  static async open(source: ModelSource, context: DownloadContext): Promise<ModelFiles> {
    return new ModelFiles(source, context, await readManifest(source, context))
  }

  /** Null if the model has no such file. */
  facts(name: string): Promise<FileFacts | null> {
    let facts = this.#facts.get(name)
    if (!facts) this.#facts.set(name, (facts = this.#find(name)))
    return facts
  }

  /** @throws {DecodingError} `model_not_found` if there is no such file; else as `download` */
  async read(
    name: string,
    options: Pick<DownloadContext, 'onBytes' | 'limit' | 'signal'> = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const facts = await this.facts(name)
    if (!facts) throw new DecodingError(`The model has no file ${name}`, 'model_not_found', 'model')
    return download(facts, { ...this.#context, ...options })
  }

  async readText(name: string): Promise<string | null> {
    return (await this.facts(name)) ? new TextDecoder().decode(await this.read(name)) : null
  }

  /** @throws {DecodingError} `model_unusable` if it is there but not a JSON object */
  async readJson(name: string): Promise<Record<string, unknown> | null> {
    const text = await this.readText(name)
    if (text === null) return null
    try {
      const value: unknown = JSON.parse(text)
      if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
        return value as Record<string, unknown>
      }
    } catch {}
    const what = text.trimStart().startsWith('<') ? 'a web page' : 'not a JSON object'
    throw new DecodingError(
      `${name} of the model "${this.source.id}" is ${what}: is the model's address right?`,
      'model_unusable',
      'model',
    )
  }

  /** Bytes that are not stored yet. */
  async missing(name: string): Promise<number> {
    const facts = await this.facts(name)
    return facts ? missingBytes(facts, this.#context.store) : 0
  }

  async #find(name: string): Promise<FileFacts | null> {
    const url = new URL(name, this.source.base).href
    if (this.#manifest) {
      const entry = this.#manifest.get(name)
      return entry ? { name, url, bytes: entry.bytes, sha256: entry.sha256, etag: null } : null
    }
    return currentOrStoredFacts(name, url, this.#context)
  }
}

/** Facts from the server or, where it can't be reached, from what an earlier visit stored. */
export async function currentOrStoredFacts(
  name: string,
  url: string,
  context: DownloadContext,
): Promise<FileFacts | null> {
  const stored = new StoredFile(context.store, url)
  try {
    const facts = await findFacts(name, url, context)
    if (!facts) await stored.markAbsent()
    return facts
  } catch (error) {
    const index = await stored.index()
    if (!index || !(error instanceof DecodingError)) throw error
    if (index.version === ABSENT) return null
    if (!index.complete) throw error
    return { name, url, bytes: index.bytes, sha256: null, etag: null }
  }
}

/** The network's manifest, so that a changed model is noticed; the stored one when there is no network. */
async function readManifest(
  source: ModelSource,
  context: DownloadContext,
): Promise<Manifest | null> {
  const url = `${source.base}manifest.json`
  const { signal, store } = context
  try {
    const response = await context.fetch(url, signal ? { signal } : {})
    if (response.ok) {
      const bytes = new Uint8Array(await response.arrayBuffer())
      const manifest = parseManifest(bytes)
      if (manifest) await store.put(url, bytes)
      return manifest
    }
    await response.body?.cancel()
    if (response.status < 500) return null
  } catch {
    signal?.throwIfAborted()
  }
  const stored = await store.get(url)
  return stored && parseManifest(stored)
}
