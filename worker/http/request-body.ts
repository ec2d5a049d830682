import { ApiError, invalid } from './api-error.ts'
import { checkTree } from './json-tree.ts'

export const MAX_BODY_BYTES = 256 * 1024
/**
 * How much of a body that is too large is still taken and thrown away. A sender who finds the connection closed while
 * sending never reads why.
 */
const MAX_DISCARDED_BYTES = 16 * 2 ** 20
/** A sender slower than this is let go; it would otherwise hold memory for as long as it likes. */
const UPLOAD_MS = 15_000

/**
 * The JSON object in a request's body, within limits of size, time and depth.
 *
 * @throws {ApiError} 400, 408, 413 or 415
 */
export async function readJsonObject(request: Request): Promise<Record<string, unknown>> {
  checkHeaders(request.headers)
  const text = decode(await readBytes(request))
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(`The body is not valid JSON: ${(error as Error).message}`, null, 'invalid_json')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('The body must be a JSON object.')
  }
  checkTree(value)
  return value as Record<string, unknown>
}

function checkHeaders(headers: Headers): void {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';')
  if (!/^application\/([\w.-]+\+)?json$/.test(type.trim())) {
    throw new ApiError(415, 'The body must be JSON, with content-type: application/json.', {
      code: 'unsupported_media_type',
    })
  }
  const charset = parameters.map((part) => part.trim()).find((part) => part.startsWith('charset='))
  if (charset && !/^charset="?utf-?8"?$/.test(charset)) {
    throw invalid('The body must be in UTF-8.', null, 'invalid_encoding')
  }
  const encoding = headers.get('content-encoding') ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') {
    throw new ApiError(415, 'The body must not be compressed.', { code: 'unsupported_media_type' })
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array()
  const reader = (request.body as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(length > MAX_BODY_BYTES ? tooLarge() : tooSlow())
  }, UPLOAD_MS)
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late])
      if (done) break
      length += value.byteLength
      if (length <= MAX_BODY_BYTES) chunks.push(value)
      else if (length > MAX_DISCARDED_BYTES) break
    }
    if (length > MAX_BODY_BYTES) throw tooLarge()
    return concatenate(chunks, length)
  } finally {
    clearTimeout(timer)
    reader.cancel().catch(() => {})
  }
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw invalid('The body is not valid UTF-8.', null, 'invalid_encoding')
  }
}

function tooSlow() {
  return new ApiError(408, 'The body took too long to arrive.', { code: 'request_timeout' })
}

function tooLarge() {
  const limit = `${MAX_BODY_BYTES / 1024} KB`
  return new ApiError(413, `The body is larger than ${limit}.`, { code: 'payload_too_large' })
}
