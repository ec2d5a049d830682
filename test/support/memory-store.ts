import type { PartStore } from '../../runtimes/files/part-store.ts'

/** A `PartStore` whose content a test can read, and whose quota it can set. */
export class MemoryStore implements PartStore {
  readonly entries = new Map<string, Uint8Array<ArrayBuffer>>()
  quota = Infinity

  async get(key: string) {
    return this.entries.get(key) ?? null
  }

  async put(key: string, bytes: Uint8Array<ArrayBuffer>) {
    let used = bytes.length
    for (const [other, entry] of this.entries) if (other !== key) used += entry.length
    if (used > this.quota) return false
    this.entries.set(key, bytes.slice())
    return true
  }

  async deleteAll(prefix: string, keep?: string) {
    for (const key of this.entries.keys()) {
      if (key.startsWith(prefix) && !(keep && key.startsWith(keep))) this.entries.delete(key)
    }
  }

  /** Bytes stored of files, their indexes aside. */
  get partBytes(): number {
    let bytes = 0
    for (const [key, entry] of this.entries) if (key.includes('-part')) bytes += entry.length
    return bytes
  }
}
