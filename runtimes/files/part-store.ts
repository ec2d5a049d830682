/**
 * Keeps the parts of downloads between visits. Every method may fail silently: a browser may refuse storage, run out
 * of quota or evict entries between two calls, and a model must load all the same, from the network or from memory.
 */
export interface PartStore {
  /** Null if it isn't there, or can't be read. */
  get(key: string): Promise<Uint8Array<ArrayBuffer> | null>
  /** False if it could not be stored. */
  put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>
  /** Removes every key that starts with `prefix`, but those that `keep` starts. */
  deleteAll(prefix: string, keep?: string): Promise<void>
}

/** For places that keep nothing between loads, such as an edge worker whose assets are as near as any store. */
export const noStore: PartStore = {
  get: async () => null,
  put: async () => false,
  deleteAll: async () => {},
}

/**
 * Parts in the browser's Cache Storage, which also works offline and in a Web Worker. Keys become the query of the
 * URL that they belong to, because Cache Storage takes http(s) URLs only.
 */
export function cacheStorageStore(name: string): PartStore {
  let full = false
  const attempt = async <T>(otherwise: T, action: (cache: Cache) => Promise<T>): Promise<T> => {
    try {
      return await action(await caches.open(name))
    } catch {
      return otherwise
    }
  }
  return {
    get: (key) =>
      attempt(null, async (cache) => {
        const response = await cache.match(key)
        return response ? new Uint8Array(await response.arrayBuffer()) : null
      }),
    put: async (key, bytes) => {
      if (full) return false
      const stored = await attempt(false, async (cache) => {
        await cache.put(key, new Response(bytes))
        return true
      })
      // Refused or out of quota: each further attempt of this load would only cost time.
      full = !stored
      return stored
    },
    deleteAll: (prefix, keep) =>
      attempt(undefined, async (cache) => {
        for (const { url } of await cache.keys()) {
          if (url.startsWith(prefix) && !(keep && url.startsWith(keep))) await cache.delete(url)
        }
      }),
  }
}
