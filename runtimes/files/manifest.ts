import * as v from 'valibot'

/**
 * `manifest.json`: every file of a model's folder with its size and hash, so that one request tells what must be
 * fetched and a stored file is known to be whole and current. Folders without one (those of the hub) work as well.
 */
const schema = v.object({
  files: v.array(
    v.object({
      path: v.pipe(v.string(), v.minLength(1)),
      bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
})

export type Manifest = ReadonlyMap<string, { bytes: number; sha256: string }>

/** Null if the bytes are no manifest; servers answer with a web page where a file is missing. */
export function parseManifest(bytes: Uint8Array): Manifest | null {
  try {
    const { output, success } = v.safeParse(schema, JSON.parse(new TextDecoder().decode(bytes)))
    return success ? new Map(output.files.map((file) => [file.path, file])) : null
  } catch {
    return null
  }
}
