/// <reference path="../../runtimes/transformers/wasm.d.ts" />
import kernels from '../../dist/engine/kernels-relaxed.wasm'
import { logitsHashes } from './logits-hash.ts'

/** Hashes of the logits of the model that is posted. */
export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await logitsHashes(kernels, new Uint8Array(await request.arrayBuffer())))
  },
}
