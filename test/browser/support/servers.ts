import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'
import { text } from 'node:stream/consumers'

const TYPES: Record<string, string> = {
  js: 'text/javascript',
  json: 'application/json',
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  svg: 'image/svg+xml',
}

export interface ChatRequest {
  model: string
  messages: { role: string; content: string }[]
  temperature: number
  stream: boolean
  seed?: number
}

/** How one question is answered; the default streams a short sentence. */
export type Answer = (response: ServerResponse, request: ChatRequest) => void | Promise<void>

export interface Stub {
  url: string
  /** What was asked, oldest first. */
  asked: ChatRequest[]
  answer: Answer
  /** Bytes a second of the model's and the engine's files; 0 as fast as can be. */
  pace: number
  close(): Promise<void>
}

/** An edge whose answers the test writes: assets from a folder, the chat API from `answer`. */
export async function startStubEdge(assets: string): Promise<Stub> {
  const stub = {
    asked: [] as ChatRequest[],
    answer: say('The shop is open.') as Answer,
    pace: 0,
  }
  const server = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', '*')
    response.setHeader(
      'access-control-expose-headers',
      'retry-after, retry-after-ms, x-should-retry',
    )
    if (request.method === 'OPTIONS') return response.writeHead(204).end()
    const { pathname } = new URL(request.url!, 'http://stub')
    if (pathname !== '/v1/chat/completions') {
      const pace = /^\/(models|runtime)\//.test(pathname) ? stub.pace : 0
      return serveFile(response, assets, pathname, pace)
    }
    const body = JSON.parse(await text(request)) as ChatRequest
    stub.asked.push(body)
    await stub.answer(response, body)
  })
  const url = await listen(server)
  return Object.assign(stub, { url, close: () => close(server) })
}

/** A customer's site on an origin of its own: every path gives the page of that name, or the one for `/`. */
export async function startSite(pages: Record<string, string>) {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url!, 'http://site')
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(pages[pathname] ?? pages['/'])
  })
  return { url: await listen(server), pages, close: () => close(server) }
}

async function serveFile(response: ServerResponse, folder: string, pathname: string, pace: number) {
  const path = normalize(pathname)
  const type = TYPES[path.split('.').at(-1)!] ?? 'application/octet-stream'
  try {
    const bytes = await readFile(join(folder, path))
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length })
    if (pace === 0 || response.req.method === 'HEAD') return response.end(bytes)
    const step = Math.ceil(pace / 20)
    for (let i = 0; i < bytes.length && !response.destroyed; i += step) {
      response.write(bytes.subarray(i, i + step))
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    response.end()
  } catch {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found')
  }
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

/** One event of a chat stream. */
export function chunk(content: string | null, finishReason: string | null = null): string {
  const delta = content === null ? {} : { content }
  const body = { choices: [{ index: 0, delta, finish_reason: finishReason }] }
  return `data: ${JSON.stringify(body)}\n\n`
}

export const DONE = `${chunk(null, 'stop')}data: [DONE]\n\n`
export const SSE = { 'content-type': 'text/event-stream' }

/** Answers word by word, one every `pace` ms. */
export function say(answer: string, pace = 0): Answer {
  return async (response) => {
    response.writeHead(200, SSE)
    for (const word of answer.match(/\s*\S+/g) ?? []) {
      if (response.destroyed) return
      response.write(chunk(word))
      await new Promise((resolve) => setTimeout(resolve, pace))
    }
    response.end(DONE)
  }
}

/** Sends these bytes as the stream, `size` at a time, each in a packet of its own. */
export function sayBytes(stream: string, size: number): Answer {
  return async (response) => {
    response.writeHead(200, SSE)
    const bytes = Buffer.from(stream)
    for (let i = 0; i < bytes.length; i += size) {
      response.write(bytes.subarray(i, i + size))
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end()
  }
}

/** Refuses in OpenAI's shape. */
export function refuse(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  return (response) => {
    const body = { error: { message, type: 'invalid_request_error', param: null, code } }
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}
