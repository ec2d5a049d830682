import type * as Transformers from '@huggingface/transformers'
import type { PreTrainedModel } from '@huggingface/transformers'
import type { Engine } from './engine.ts'

export const TRANSFORMERS = 'transformers.js generate()'

export interface Peer {
  model: PreTrainedModel
  Tensor: typeof Transformers.Tensor
}

/**
 * transformers.js as its users have it, q8 on WebAssembly.
 *
 * @param models     where models' folders are: a path in Node, a URL's path in a browser
 * @param place      `wasmPaths`: where the engine's files are, if not beside the module (by default they come from a
 *                   CDN); `device`: in Node the only one has another name
 */
export async function loadTransformers(
  { AutoModelForCausalLM, env, LogLevel, Tensor }: typeof Transformers,
  model: string,
  models: string,
  { wasmPaths, device }: { wasmPaths?: string; device?: 'wasm' } = {},
): Promise<Peer> {
  env.allowRemoteModels = false
  env.allowLocalModels = true
  env.localModelPath = models
  env.useBrowserCache = false
  env.logLevel = LogLevel.ERROR
  Object.assign(env.backends.onnx.wasm ?? {}, { numThreads: 1, wasmPaths })
  const loaded = await AutoModelForCausalLM.from_pretrained(model, {
    dtype: 'q8',
    ...(device && { device }),
    // Weights are unpacked once, as in our runtime; without it the peer would be three times slower on this file.
    session_options: { extra: { session: { disable_quant_qdq: '1' } } },
  })
  return { model: loaded, Tensor }
}

/** Greedy, exactly `count` tokens: no end token. @returns ids, and when the first and the last came (ms since the start) */
export async function peerGreedy({ model, Tensor }: Peer, prompt: number[], count: number) {
  const shape = [1, prompt.length]
  const input_ids = new Tensor('int64', BigInt64Array.from(prompt, BigInt), shape)
  const attention_mask = new Tensor('int64', new BigInt64Array(prompt.length).fill(1n), shape)
  const start = performance.now()
  let first = 0
  // The prompt comes first, then a call for each token.
  let calls = 0
  const streamer = {
    put() {
      if (calls++ === 1) first = performance.now() - start
    },
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

export function transformersEngine(peer: Peer): Engine {
  return {
    name: TRANSFORMERS,
    async run({ ids }, count) {
      const { first, total } = await peerGreedy(peer, ids, count + 1)
      return { prefill: first, decode: (1000 * count) / (total - first) }
    },
    close: async () => {
      await peer.model.dispose()
    },
  }
}
