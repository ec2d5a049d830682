import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { download, missingBytes } from '../../../runtimes/files/download.ts'
import type { DownloadContext } from '../../../runtimes/files/download-context.ts'
import { type FileFacts, findFacts } from '../../../runtimes/files/file-facts.ts'
import { noStore } from '../../../runtimes/files/part-store.ts'
import { PART_BYTES } from '../../../runtimes/files/stored-file.ts'
import { FileServer } from '../../support/file-server.ts'
import { MemoryStore } from '../../support/memory-store.ts'

/** Bytes that differ everywhere, so that a wrong order or a doubled part is seen. */
function content(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let index = 0, state = seed; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
/** By hash: comparing megabytes one by one takes seconds. */
const expectBytes = (actual: Uint8Array, expected: Uint8Array) =>
  expect([actual.length, sha256(actual)]).toEqual([expected.length, sha256(expected)])

const size = 2 * PART_BYTES + 12_345
const bytes = content(size)

let server: FileServer
let store: MemoryStore
let context: DownloadContext

beforeEach(async () => {
  server = await FileServer.start()
  store = new MemoryStore()
  context = { fetch, store, retryDelays: [1, 1] }
})
afterEach(() => server.stop())

async function facts(sha: string | null = null): Promise<FileFacts> {
  const found = await findFacts('model.onnx', `${server.url}model.onnx`, { fetch })
  return { ...found!, sha256: sha }
}

/** Without the questions that facts come from. */
const gets = () => server.log.filter((line) => line.startsWith('GET'))

describe('a whole file', () => {
  test('is fetched once and then comes from the store, also without a network', async () => {
    server.add('model.onnx', bytes, '"one"')
    const known = await facts()
    expect(await missingBytes(known, store)).toBe(size)
    expectBytes(await download(known, context), bytes)
    expect(await missingBytes(known, store)).toBe(0)
    await server.stop()
    expectBytes(await download(known, context), bytes)
    server = await FileServer.start()
  })

  test('is fetched anew when it changed, and the old one is dropped', async () => {
    server.add('model.onnx', bytes, '"one"')
    await download(await facts(), context)
    const changed = content(size, 2)
    server.add('model.onnx', changed, '"two"')
    expectBytes(await download(await facts(), context), changed)
    expect(store.partBytes).toBe(size)
  })

  test('is fetched anew when the browser dropped a part of it', async () => {
    server.add('model.onnx', bytes, '"one"')
    await download(await facts(), context)
    const part = [...store.entries.keys()].filter((key) => key.includes('-part'))[1]!
    store.entries.delete(part)
    expectBytes(await download(await facts(), context), bytes)
    expect(gets()).toHaveLength(2)
  })

  test('is fetched anew when its stored bytes are not those of the manifest', async () => {
    server.add('model.onnx', bytes, '"one"')
    const known = await facts(sha256(bytes))
    await download(known, context)
    const [key, part] = [...store.entries].find(([name]) => name.includes('-part'))!
    store.entries.set(
      key,
      part.map((byte) => byte ^ 1),
    )
    expectBytes(await download(known, context), bytes)
  })
})

describe('a cut', () => {
  test.each([1, 0.1 * size, 0.5 * size, size - 1])(
    'at byte %d is mended within a load',
    async (at) => {
      server.add('model.onnx', bytes, '"one"')
      server.faults.cuts = [Math.floor(at)]
      expectBytes(await download(await facts(), context), bytes)
      expect(gets()[1]).toMatch(/bytes=\d+-$/)
    },
  )

  // ngxson/wllama#268: a download that a closed tab cut broke every later visit.
  test('that stays leaves a beginning, from which the next visit goes on', async () => {
    server.add('model.onnx', bytes, '"one"')
    server.faults.cuts = [PART_BYTES + 1000, 0, 0]
    await expect(download(await facts(), context)).rejects.toMatchObject({
      code: 'model_unusable',
      message: 'The download of model.onnx was cut after 2.1 MB of 4.2 MB',
    })
    expect(store.partBytes).toBe(PART_BYTES + 1000)
    expect(await missingBytes(await facts(), store)).toBe(size)
    server.log.length = 0
    expectBytes(await download(await facts(), context), bytes)
    expect(gets()).toEqual([`GET /model.onnx bytes=${PART_BYTES + 1000}-`])
  })

  test('then a changed file starts from zero', async () => {
    server.add('model.onnx', bytes, '"one"')
    server.faults.cuts = [PART_BYTES + 1000, 0, 0]
    await expect(download(await facts(), context)).rejects.toThrow('cut')
    const changed = content(size, 2)
    server.add('model.onnx', changed, '"two"')
    expectBytes(await download(await facts(), context), changed)
    expect(store.partBytes).toBe(size)
  })

  test('during which the file changes starts from zero', async () => {
    server.add('model.onnx', bytes, '"one"')
    const known = await facts()
    const changed = content(size, 2)
    server.faults.cuts = [PART_BYTES]
    const slowFetch: typeof fetch = (...request) => {
      if (gets().length === 1) server.add('model.onnx', changed, '"two"')
      return fetch(...request)
    }
    expectBytes(await download(known, { ...context, fetch: slowFetch }), changed)
  })

  test('of a server that knows no ranges starts from zero', async () => {
    server.add('model.onnx', bytes, '"one"')
    server.faults = { cuts: [PART_BYTES + 5], ignoresRange: true }
    expectBytes(await download(await facts(), context), bytes)
  })

  test('of a file without an entity tag starts from zero, unless its hash is known', async () => {
    server.add('model.onnx', bytes)
    server.faults.cuts = [1000]
    expectBytes(await download(await facts(), context), bytes)
    expect(gets().at(-1)).toBe('GET /model.onnx')
    server.log.length = 0
    server.faults.cuts = [1000]
    const other: DownloadContext = { ...context, store: new MemoryStore() }
    expectBytes(await download(await facts(sha256(bytes)), other), bytes)
    expect(gets().at(-1)).toBe('GET /model.onnx bytes=1000-')
  })

  test('by an overloaded server is mended, and named if it stays', async () => {
    server.add('model.onnx', bytes, '"one"')
    const known = await facts()
    server.faults.statuses = [503]
    expectBytes(await download(known, context), bytes)
    server.faults.statuses = [503, 503, 503]
    const fresh = { ...context, store: noStore }
    await expect(download(known, fresh)).rejects.toThrow('could not be fetched (HTTP 503)')
  })
})

test('an abort keeps what has come and throws the reason', async () => {
  server.add('model.onnx', bytes, '"one"')
  const abort = new AbortController()
  const onBytes = (here: number) => {
    if (here > PART_BYTES) abort.abort(new DOMException('paused', 'AbortError'))
  }
  const paused = download(await facts(), { ...context, onBytes, signal: abort.signal })
  await expect(paused).rejects.toThrow('paused')
  expect(store.partBytes).toBeGreaterThan(PART_BYTES)
  server.log.length = 0
  expectBytes(await download(await facts(), context), bytes)
  expect(gets()[0]).toMatch(/bytes=\d+-$/)
})

test('bytes that are not those of the manifest are never kept', async () => {
  server.add('model.onnx', bytes, '"one"')
  await expect(download(await facts(sha256(content(5))), context)).rejects.toMatchObject({
    code: 'model_unusable',
    message: expect.stringContaining('damaged'),
  })
  expect(store.partBytes).toBe(0)
})

// christopherthompson81/vernacula#103: a full disk quota ended the download and the page.
test.each([0, 1000, PART_BYTES + 1000])('a quota of %d bytes does not matter', async (quota) => {
  server.add('model.onnx', bytes, '"one"')
  store.quota = quota
  expectBytes(await download(await facts(), context), bytes)
  expect(await missingBytes(await facts(), store)).toBe(size)
  store.quota = Infinity
  expectBytes(await download(await facts(), context), bytes)
})

// expo/expo#36835 and GoogleChrome/workbox#1644: several tabs, one store.
test('five tabs that start together end with one good copy', async () => {
  server.add('model.onnx', bytes, '"one"')
  server.faults.cuts = [PART_BYTES + 7, 100]
  const known = await facts()
  const copies = await Promise.all(Array.from({ length: 5 }, () => download(known, context)))
  for (const copy of copies) expectBytes(copy, bytes)
  expect(store.partBytes).toBe(size)
  expect(await missingBytes(known, store)).toBe(0)
})

test('a compressed transfer arrives whole', async () => {
  const text = new TextEncoder().encode('again and again '.repeat(10_000))
  server.add('model.onnx', text, '"one"')
  server.faults.compresses = true
  const known = await facts()
  expect(known.bytes).toBeNull()
  expectBytes(await download(known, context), text)
})

test('a file over the limit is refused while it arrives, if its size was not told', async () => {
  server.add('model.onnx', bytes, '"one"')
  server.faults.hidesLength = true
  const known = { ...(await facts()), bytes: null }
  await expect(download(known, { ...context, limit: 1e6 })).rejects.toMatchObject({
    code: 'model_too_large',
    message: 'model.onnx is over the 1.0 MB that this place can take',
  })
})

describe('facts', () => {
  test('come from one byte where a server knows no HEAD', async () => {
    server.add('model.onnx', bytes, '"one"')
    server.faults.refusesHead = true
    expect(await facts()).toMatchObject({ bytes: size, etag: '"one"' })
  })

  test('are null for what is not there or not allowed', async () => {
    for (const status of [404, 401, 403, 410]) {
      server.faults.statuses = [status]
      expect(await findFacts('x', `${server.url}x`, { fetch })).toBeNull()
    }
  })

  test('name a server that fails, and one that is not there', async () => {
    server.faults.statuses = [500]
    await expect(findFacts('x', `${server.url}x`, { fetch })).rejects.toMatchObject({
      code: 'model_unusable',
      message: 'x could not be fetched (HTTP 500)',
    })
    await expect(findFacts('x', 'http://127.0.0.1:1/x', { fetch })).rejects.toMatchObject({
      code: 'model_unusable',
      message: "x could not be fetched: its server can't be reached",
    })
  })
})
