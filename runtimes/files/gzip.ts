import { DecodingError } from '../../decoder/errors.ts'

/**
 * Inflates a gzip file by what it holds, not by its name: some servers inflate `.gz` files on the way.
 *
 * @throws {DecodingError} `model_unusable` if the file is damaged (gzip ends with a checksum)
 */
export async function inflate(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    const stream = new Response(bytes).body!.pipeThrough(new DecompressionStream('gzip'))
    return new Uint8Array(await new Response(stream).arrayBuffer())
  } catch {
    throw new DecodingError(`${name} is damaged`, 'model_unusable')
  }
}
