/// <reference lib="dom" />
import { logitsHashes } from '../../support/logits-hash.ts'

/** Hashes of the logits of the page's model, for the test to call. */
async function run() {
  const [kernels, model] = await Promise.all([fetch('/kernels.wasm'), fetch('/model.gguf')])
  const module = await WebAssembly.compile(await kernels.arrayBuffer())
  return logitsHashes(module, new Uint8Array(await model.arrayBuffer()))
}

Object.assign(window, { run })
