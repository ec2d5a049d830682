import { DecodingError } from '../../decoder/errors.ts'
import type { DownloadContext } from './download-context.ts'
import type { FileFacts } from './file-facts.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import { matchesHash } from './hash.ts'
import type { PartStore } from './part-store.ts'
import { type FileIndex, StoredFile } from './stored-file.ts'
import { Transfer } from './transfer.ts'

/**
 * A file's bytes: from the store if it is whole there, else from the network, going on from what is stored or from
 * where a connection was cut. Only a file whose size and hash were checked is marked as whole.
 *
 * @throws {DecodingError} `model_not_found` if the server has no such file, `model_too_large` over the limit,
 *         `model_unusable` if the connection stays cut or the bytes are not those of the manifest
 */
export async function download(
  facts: FileFacts,
  context: DownloadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const stored = new StoredFile(context.store, facts.url)
  const index = await stored.index()
  if (index && isWhole(index, facts)) {
    const bytes = await restore(stored, index)
    if (bytes && (await matchesHash(bytes, facts.sha256))) {
      context.onBytes?.(bytes.length)
      return bytes
    }
    await stored.remove()
  }
  for (const attempt of ['first', 'last']) {
    const transfer = new Transfer(facts, stored, context)
    const bytes = await transfer.run()
    if (await matchesHash(bytes, facts.sha256)) {
      await transfer.keep()
      return bytes
    }
    await stored.remove()
    if (attempt === 'last') break
  }
  throw new DecodingError(
    `${facts.name} arrived damaged twice: it is not the file its manifest names`,
    'model_unusable',
    'model',
  )
}

/** Bytes that `download` would take from the network now. */
export async function missingBytes(facts: FileFacts, store: PartStore): Promise<number> {
  const index = await new StoredFile(store, facts.url).index()
  return index && isWhole(index, facts) ? 0 : (facts.bytes ?? 0)
}

/** Whether the store has the whole file in its present state; without news of the file, what is stored is right. */
export function isWhole(index: FileIndex, facts: FileFacts): boolean {
  if (!index.complete) return false
  if (facts.sha256 !== null) return index.version === facts.sha256
  if (facts.etag !== null) return index.version === facts.etag
  return facts.bytes === null || index.bytes === facts.bytes
}

async function restore(stored: StoredFile, index: FileIndex) {
  const buffer = new GrowingBuffer(index.bytes)
  for await (const part of stored.parts(index)) buffer.write(part)
  // The browser may have dropped some parts and left the others.
  return buffer.length === index.bytes ? buffer.view() : null
}
