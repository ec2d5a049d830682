import type { KVCache, LanguageModel } from '../language-model.ts'
import type { SharedModel } from '../shared-model.ts'

interface Kept {
  ids: readonly number[]
  /** Holds what is already known of the text; taken over, and disposed of where reading fails. */
  cache: KVCache
  cacheSalt: string | null | undefined
}

/**
 * Reads a text among all others that the model is at work on, and keeps what was computed of it for texts that begin alike.
 *
 * @param read  feeds the rest to the cache, with the model that it is given
 * @throws {DecodingError} overloaded, or what `read` throws
 */
export async function readAndKeep<Result>(
  { scheduler, prefixes }: SharedModel,
  { ids, cache, cacheSalt }: Kept,
  read: (model: LanguageModel) => Promise<Result>,
): Promise<Result> {
  let seat: LanguageModel | null = null
  let result: Result
  try {
    seat = scheduler.enter()
    result = await read(seat)
  } catch (error) {
    cache.dispose()
    throw error
  } finally {
    await seat?.dispose()
  }
  prefixes.put(ids, cache, cacheSalt)
  return result
}
