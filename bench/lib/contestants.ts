/** The default model twice in one process: decoded by our loop, and by transformers.js' generate(). */
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Transformers from '@huggingface/transformers'
import type { PreTrainedModel } from '@huggingface/transformers'
import * as v from 'valibot'
import { generationOptions, TextGenerator } from '../../decoder/index.ts'
import { resolveModel } from '../../runtimes/model-source.ts'
import { loadModel } from '../../runtimes/transformers/node.ts'
import { DEFAULT_MODEL, DEFAULT_MODEL_FOLDER } from '../../scripts/lib/paths.ts'

export async function loadOurs(): Promise<TextGenerator> {
  const source = resolveModel(`${pathToFileURL(DEFAULT_MODEL_FOLDER).href}/`)
  return new TextGenerator(await loadModel(source, { maxBytes: 2 ** 30 }))
}

export interface Peer {
  model: PreTrainedModel
  Tensor: typeof Transformers.Tensor
}

/**
 * transformers.js as its users have it, on its own engine. Our runtime hands its copy another one, so this is a second
 * instance of the module, and it must be loaded before ours.
 */
export async function loadPeer(): Promise<Peer> {
  const address = `${import.meta.resolve('@huggingface/transformers')}?peer`
  const { AutoModelForCausalLM, env, LogLevel, Tensor } = (await import(
    address
  )) as typeof Transformers
  env.allowRemoteModels = false
  env.localModelPath = dirname(DEFAULT_MODEL_FOLDER)
  env.logLevel = LogLevel.ERROR
  // One thread each, and the engine from the package: by default transformers.js fetches it from a CDN.
  Object.assign(env.backends.onnx.wasm ?? {}, { numThreads: 1, wasmPaths: undefined })
  const model = await AutoModelForCausalLM.from_pretrained(DEFAULT_MODEL, {
    dtype: 'q8',
    // Weights are unpacked once, as in our runtime; without it the peer would be three times slower on this file.
    session_options: { extra: { session: { disable_quant_qdq: '1' } } },
  })
  return { model, Tensor }
}

/** Greedy, exactly `count` tokens. @returns ids, and when the first and the last came (ms since the start) */
export async function oursGreedy(generator: TextGenerator, prompt: number[], count: number) {
  const options = v.parse(generationOptions, {
    temperature: 0,
    max_tokens: count,
    ignore_eos: true,
  })
  const ids: number[] = []
  const start = performance.now()
  let first = 0
  for await (const batch of generator.generate(prompt, options)) {
    first ||= performance.now() - start
    for (const event of batch)
      if (event.type === 'text') ids.push(...event.tokens.map(({ id }) => id))
  }
  return { ids, first, total: performance.now() - start }
}

/** The same by transformers.js: no end token, so that it makes as many. */
export async function peerGreedy({ model, Tensor }: Peer, prompt: number[], count: number) {
  const shape = [1, prompt.length]
  const input_ids = new Tensor('int64', BigInt64Array.from(prompt, BigInt), shape)
  const attention_mask = new Tensor('int64', new BigInt64Array(prompt.length).fill(1n), shape)
  const start = performance.now()
  let first = 0
  const streamer = {
    // The prompt comes first, then a call for each token.
    put: (() => {
      let calls = 0
      return () => {
        if (calls++ === 1) first = performance.now() - start
      }
    })(),
    end() {},
  }
  const output = (await model.generate({
    input_ids,
    attention_mask,
    max_new_tokens: count,
    do_sample: false,
    eos_token_id: -1,
    streamer,
  } as never)) as Transformers.Tensor
  const ids = Array.from(output.data as BigInt64Array, Number).slice(prompt.length)
  return { ids, first, total: performance.now() - start }
}
