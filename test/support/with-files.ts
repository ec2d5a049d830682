import { fetchFile } from '../../runtimes/files/file-fetch.ts'

export type Files = Record<string, Uint8Array<ArrayBuffer> | null>

/** Fetches a folder's files from the disk, but these in place of its own; null for one that is not there. */
export function withFiles(base: string, files: Files): typeof fetch {
  return async (input, init) => {
    const file = files[String(input).slice(base.length)]
    if (file === undefined) return fetchFile(input, init)
    return file ? new Response(file) : new Response(null, { status: 404 })
  }
}
