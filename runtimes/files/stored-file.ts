import type { PartStore } from './part-store.ts'

/** Parts are stored as they arrive, so that a closed tab loses at most this much. */
export const PART_BYTES = 2 * 2 ** 20

/** Version of a file that the server did not have: known, too, when it can't be asked again. */
export const ABSENT = 'absent'

/** What is known of a stored file. It counts as whole only once `complete` was written, after its bytes were checked. */
export interface FileIndex {
  /** Names one state of the file: its hash or entity tag. Parts of different states never mix. */
  version: string
  /** Entity tag of the answer that the parts came from; a resumed answer must have the same. */
  etag: string | null
  /** Null while unknown. */
  bytes: number | null
  complete: boolean
}

/** One file in a `PartStore`: an index entry and numbered parts, all under its URL. */
export class StoredFile {
  readonly #store: PartStore
  readonly #url: string

  constructor(store: PartStore, url: string) {
    this.#store = store
    this.#url = url
  }

  async index(): Promise<FileIndex | null> {
    const bytes = await this.#store.get(this.#key('index'))
    if (!bytes) return null
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as FileIndex
    } catch {
      return null
    }
  }

  writeIndex(index: FileIndex): Promise<boolean> {
    return this.#store.put(this.#key('index'), new TextEncoder().encode(JSON.stringify(index)))
  }

  async markAbsent(): Promise<void> {
    const index = { version: ABSENT, etag: null, bytes: null, complete: false }
    if ((await this.index())?.version !== ABSENT) await this.writeIndex(index)
  }

  writePart(version: string, number: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    return this.#store.put(this.#partKey(version, number), bytes)
  }

  /** The parts from the first on, one at a time (never the file twice in memory), up to the first that is missing. */
  async *parts({ version, bytes }: FileIndex): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let number = 0, at = 0; bytes === null || at < bytes; number++) {
      const part = await this.#store.get(this.#partKey(version, number))
      if (!part || part.length === 0) return
      yield part
      at += part.length
      if (part.length !== PART_BYTES) return
    }
  }

  /** Removes the parts of all other versions, once this one is whole. */
  keepOnly(version: string): Promise<void> {
    return this.#store.deleteAll(this.#key('part'), this.#key('part', `${encode(version)}-`))
  }

  remove(): Promise<void> {
    return this.#store.deleteAll(this.#key(''))
  }

  #partKey(version: string, number: number): string {
    return this.#key('part', `${encode(version)}-${number}`)
  }

  #key(kind: string, name = ''): string {
    const separator = this.#url.includes('?') ? '&' : '?'
    return `${this.#url}${separator}edgewise-${kind}${name && `=${name}`}`
  }
}

/** URLs are compared as text, and browsers escape quotes in them: letters and digits alone stay as they are. */
const encode = (version: string) =>
  Array.from(new TextEncoder().encode(version), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
