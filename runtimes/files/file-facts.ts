import { DecodingError } from '../../decoder/errors.ts'

/** What is known of a file before it is fetched. */
export interface FileFacts {
  /** Path in the model's folder, as messages name it. */
  name: string
  url: string
  /** Size once decoded; null if the server doesn't say. */
  bytes: number | null
  /** Lower-case hex from the manifest; null without one. */
  sha256: string | null
  /** Entity tag or date of last change, which tell a changed file from a stored one; null if unknown. */
  etag: string | null
}

/**
 * Asks the server about a file without fetching it.
 *
 * @returns null if there is no such file
 * @throws {DecodingError} `model_unusable` if the server fails or can't be reached
 */
export async function findFacts(
  name: string,
  url: string,
  context: { fetch: typeof fetch; signal?: AbortSignal | undefined },
): Promise<FileFacts | null> {
  const init = context.signal ? { signal: context.signal } : {}
  let response = await reach(name, () => context.fetch(url, { method: 'HEAD', ...init }))
  let bytes = decodedLength(response)
  if (response.status === 405 || response.status === 501 || (response.ok && bytes === null)) {
    // Some servers know no HEAD, or leave its length out: one byte of the file tells the same.
    response = await reach(name, () =>
      context.fetch(url, { headers: { range: 'bytes=0-0' }, ...init }),
    )
    bytes = response.status === 206 ? totalOfRange(response) : decodedLength(response)
    await response.body?.cancel()
  }
  if (isMissing(response.status)) return null
  if (!response.ok) throw statusError(name, response.status)
  return { name, url, bytes, sha256: null, etag: stateOf(response) }
}

/** The header that changes whenever the file does. */
export function stateOf(response: Response): string | null {
  return response.headers.get('etag') ?? response.headers.get('last-modified')
}

/** Null where the length on the wire is not that of the file. */
export function decodedLength(response: Response): number | null {
  const encoding = response.headers.get('content-encoding')
  if (encoding && encoding !== 'identity') return null
  const length = response.headers.get('content-length')
  return length === null ? null : Number(length)
}

function totalOfRange(response: Response): number | null {
  if (response.headers.has('content-encoding')) return null
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
  return total === undefined ? null : Number(total)
}

/** 401 and 403 too: hubs answer so for what is private or does not exist. */
export const isMissing = (status: number) => [401, 403, 404, 410].includes(status)

export function statusError(name: string, status: number): DecodingError {
  return isMissing(status)
    ? new DecodingError(
        `The model has no file ${name} (HTTP ${status})`,
        'model_not_found',
        'model',
      )
    : new DecodingError(`${name} could not be fetched (HTTP ${status})`, 'model_unusable', 'model')
}

/** Runs one fetch; a network failure becomes an error that a visitor can read, an abort stays what it is. */
async function reach(name: string, request: () => Promise<Response>): Promise<Response> {
  try {
    return await request()
  } catch (error) {
    if (error instanceof Error && error.name !== 'TypeError') throw error
    throw unreachable(name)
  }
}

export function unreachable(name: string): DecodingError {
  return new DecodingError(
    `${name} could not be fetched: its server can't be reached`,
    'model_unusable',
    'model',
  )
}
