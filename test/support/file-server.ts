import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

interface ServedFile {
  bytes: Uint8Array
  etag?: string
}

const TYPES: Record<string, string> = { html: 'text/html', js: 'text/javascript' }

/** What a server may do wrong, or differently from most. */
export interface Faults {
  /** The next answers break off after so many bytes, one number an answer. */
  cuts?: number[]
  /** Files that are cut: all, or those whose path ends so. */
  cutsOnly?: string
  ignoresRange?: boolean
  refusesHead?: boolean
  hidesLength?: boolean
  compresses?: boolean
  /** Status of the next answers. */
  statuses?: number[]
}

/** Serves files from memory with HEAD, ranges and entity tags, as hubs and static hosts do. */
export class FileServer {
  readonly files = new Map<string, ServedFile>()
  faults: Faults = {}
  /** `GET /a`, with the range that was asked for. */
  readonly log: string[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  static async start(): Promise<FileServer> {
    const server = new FileServer()
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  add(name: string, bytes: Uint8Array | string, etag?: string): void {
    const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
    this.files.set(`/${name}`, { bytes: data, ...(etag && { etag }) })
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { faults } = this
    const { range } = request.headers
    this.log.push([request.method, request.url, range].filter(Boolean).join(' '))
    const status = faults.statuses?.shift()
    if (status) return void response.writeHead(status).end()
    const path = new URL(request.url ?? '/', this.url).pathname
    const file = this.files.get(path)
    if (!file) return void response.writeHead(404).end('missing')
    if (request.method === 'HEAD' && faults.refusesHead) return void response.writeHead(405).end()
    const type = TYPES[path.slice(path.lastIndexOf('.') + 1)]
    if (type) response.setHeader('content-type', type)
    if (file.etag) response.setHeader('etag', file.etag)
    let body = file.bytes
    if (faults.compresses) {
      response.setHeader('content-encoding', 'gzip')
      body = gzipSync(body)
    }
    const [, from = '', to = ''] =
      (!faults.ignoresRange && /^bytes=(\d+)-(\d*)$/.exec(range ?? '')) || []
    if (from !== '') {
      const last = to === '' ? body.length - 1 : Number(to)
      if (Number(from) > last) return void response.writeHead(416).end()
      response.setHeader('content-range', `bytes ${from}-${last}/${body.length}`)
      body = body.subarray(Number(from), last + 1)
      response.statusCode = 206
    }
    if (!faults.hidesLength) response.setHeader('content-length', body.length)
    if (request.method === 'HEAD') return void response.end()
    const cut = path.endsWith(faults.cutsOnly ?? '') ? faults.cuts?.shift() : undefined
    if (cut === undefined) return void response.end(body)
    response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 20))
  }
}
