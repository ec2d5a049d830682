import { invalid } from '../http/api-error.ts'

/**
 * Token ids that the model has. Anything else would be read outside the embedding table.
 *
 * @throws {ApiError} 400 naming the first id at fault
 */
export function checkTokenIds(ids: readonly number[], vocabSize: number, at: string): void {
  const wrong = ids.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id < vocabSize))
  if (wrong < 0) return
  const param = `${at}[${wrong}]`
  throw invalid(`${param} must be a token id from 0 to ${vocabSize - 1}.`, param)
}
