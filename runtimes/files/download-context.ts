import type { PartStore } from './part-store.ts'

export interface DownloadContext {
  fetch: typeof fetch
  store: PartStore
  signal?: AbortSignal | undefined
  /** Bytes of the file that are here, stored ones included; falls when a download must start again. */
  onBytes?: (bytes: number) => void
  /** More bytes than this are refused while they arrive, for servers that don't tell a size beforehand. */
  limit?: number
  /** Milliseconds to wait before each new attempt after a cut. */
  retryDelays?: readonly number[]
}
