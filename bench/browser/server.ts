import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { ROOT } from '../../scripts/lib/paths.ts'
import { FLARE_WASM, PEERS, peersInstalled, repairedFlare } from '../lib/peers.ts'

const TYPES: Record<string, string> = {
  js: 'text/javascript',
  mjs: 'text/javascript',
  json: 'application/json',
  wasm: 'application/wasm',
}
/** What hosts compress of code; models' files are served as they are. */
const COMPRESSED = ['js', 'mjs', 'json', 'wasm']
const PAGE = '<!doctype html><script type="module" src="/site/page.js"></script>'

export interface BenchServer {
  url: string
  /** Bytes sent so far. */
  sent: number
  close(): void
}

/**
 * Serves the page, engines and a model on a free port of this machine.
 *
 * @param site   the page's built modules
 * @param model  folder of the model, which has its name
 */
export async function startServer(site: string, model: string): Promise<BenchServer> {
  const folders: Record<string, string> = {
    site,
    models: dirname(model),
    wllama: join(PEERS, '@wllama/wllama/esm'),
    transformers: dirname(fileURLToPath(import.meta.resolve('@huggingface/transformers'))),
    onnxruntime: dirname(fileURLToPath(import.meta.resolve('onnxruntime-web'))),
  }
  const files = new Map<string, Buffer | string>([
    ['/', PAGE],
    ['/kernels.wasm', readFileSync(join(ROOT, 'dist/engine/kernels-relaxed.wasm'))],
  ])
  if (peersInstalled()) {
    files.set('/flare/flare.js', repairedFlare())
    files.set('/flare/flare.wasm', readFileSync(FLARE_WASM))
  }
  const read = (path: string) => {
    const [, folder, ...rest] = normalize(path).split('/')
    const file = join(folders[folder!] ?? 'none', ...rest)
    return files.get(path) ?? (existsSync(file) ? readFileSync(file) : null)
  }
  const compressed = new Map<string, Buffer<ArrayBuffer>>()
  const state = { sent: 0 }

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://bench')
    const content = read(pathname)
    if (content === null) return response.writeHead(404).end()
    const extension = pathname.split('.').at(-1)!
    const headers: Record<string, string> = { 'content-type': TYPES[extension] ?? 'text/html' }
    let body: Buffer<ArrayBuffer> = Buffer.from(content)
    if (COMPRESSED.includes(extension) && !pathname.startsWith('/models/')) {
      body = compressed.get(pathname) ?? gzipSync(body)
      compressed.set(pathname, body)
      headers['content-encoding'] = 'gzip'
    }
    response.writeHead(200, { ...headers, 'content-length': body.length })
    if (request.method === 'HEAD') return response.end()
    state.sent += body.length
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  })
}
