/** The device's side of the chat: a module Web Worker that holds one model and answers with it. */

import { DecodingError, parseOptions, TextGenerator } from '../decoder/index.ts'
import { downloadSize, loadModel } from '../runtimes/load-browser.ts'
import { resolveModel } from '../runtimes/model-source.ts'
import type { DeviceAnswer, DeviceRequest, ModelPlace } from './engine/device-protocol.ts'

/** Most weights a visitor's tab is asked to hold. */
const MAX_MODEL_BYTES = 400e6
/** Progress is told at most this often, in ms. */
const PROGRESS_INTERVAL = 100

const running = new Map<number, AbortController>()
let generator: TextGenerator | null = null

const say = (answer: DeviceAnswer) => postMessage(answer)

addEventListener('message', ({ data }: MessageEvent<DeviceRequest>) => {
  if (data.type === 'abort') running.get(data.id)?.abort()
  else serve(data)
})

async function serve(request: Exclude<DeviceRequest, { type: 'abort' }>): Promise<void> {
  const { id } = request
  const controller = new AbortController()
  running.set(id, controller)
  try {
    if (request.type === 'size') await size(id, request.place, controller.signal)
    else if (request.type === 'load') await load(id, request.place, controller.signal)
    else await reply(id, request, controller.signal)
  } catch (error) {
    if (!controller.signal.aborted) say({ type: 'error', id, ...inWords(error) })
  } finally {
    running.delete(id)
  }
}

const loadOptions = (place: ModelPlace, signal: AbortSignal) => ({
  maxBytes: MAX_MODEL_BYTES,
  runtimeBase: place.runtimeBase,
  signal,
})

const sourceOf = (place: ModelPlace) =>
  resolveModel(place.model, place.host ? { host: place.host } : {})

async function size(id: number, place: ModelPlace, signal: AbortSignal) {
  say({ type: 'size', id, bytes: await downloadSize(sourceOf(place), loadOptions(place, signal)) })
}

async function load(id: number, place: ModelPlace, signal: AbortSignal) {
  let last = 0
  const loaded = await loadModel(sourceOf(place), {
    ...loadOptions(place, signal),
    onProgress({ loaded, total }) {
      if (loaded < total && performance.now() - last < PROGRESS_INTERVAL) return
      last = performance.now()
      say({ type: 'progress', id, loaded, total })
    },
  })
  if (signal.aborted) return loaded.model.dispose()
  await generator?.model.dispose()
  generator = new TextGenerator(loaded)
  say({ type: 'loaded', id, note: loaded.note })
}

async function reply(
  id: number,
  { messages, options }: DeviceRequest & { type: 'reply' },
  signal: AbortSignal,
) {
  if (signal.aborted) return
  if (!generator) throw new DecodingError('no model is loaded', 'model_unusable')
  const { ids } = await generator.choose(generator.promptsOf(messages), { signal })
  for await (const batch of generator.generate(ids, parseOptions(options), signal)) {
    let text = ''
    for (const event of batch) {
      if (event.type === 'text') text += event.text
      if (event.type !== 'done') continue
      if (text) say({ type: 'text', id, text })
      const { finish_reason, usage } = event
      say({ type: 'done', id, finish_reason, completionTokens: usage.completion_tokens })
      // A search may have further answers; the first is the best.
      return
    }
    if (text) say({ type: 'text', id, text })
  }
}

function inWords(error: unknown): { code: string; message: string } {
  if (error instanceof DecodingError) return { code: error.code, message: error.message }
  // fetch() tells a dead network by a TypeError.
  return { code: error instanceof TypeError ? 'unreachable' : 'failed', message: '' }
}
