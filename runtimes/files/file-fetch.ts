/// <reference types="node" />
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'

/** `fetch` that can read `file:` URLs too, which Node's own refuses. */
export const fetchFile: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  if (url.protocol !== 'file:') return fetch(input, init)
  const facts = await stat(url).catch(() => null)
  if (!facts?.isFile()) return new Response(null, { status: 404 })
  const headers = {
    'content-length': String(facts.size),
    'last-modified': facts.mtime.toUTCString(),
  }
  if (init?.method === 'HEAD') return new Response(null, { headers })
  const stream = Readable.toWeb(createReadStream(url)) as ReadableStream<Uint8Array<ArrayBuffer>>
  return new Response(stream, { headers })
}
