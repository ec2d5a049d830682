/// <reference types="node" />
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Plugin } from 'vite'

/**
 * What a browser bundle with `browser.ts` needs of Vite: transformers.js imports a build of ONNX Runtime that is never
 * used here, and Vite would copy each build's WebAssembly (14 to 27 MB) to the output, where the page fetches it
 * gzip-ed from `/runtime/`.
 */
export function onnxRuntimePlugin(): Plugin {
  const dist = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'))
  return {
    name: 'edgewise:onnx-runtime',
    enforce: 'pre',
    config: () => ({
      // Its helper asks for a document, which a Web Worker does not have.
      build: { modulePreload: false },
      resolve: { alias: { 'onnxruntime-web/webgpu': join(dist, 'ort.wasm.bundle.min.mjs') } },
    }),
    transform: {
      filter: { id: /onnxruntime-web/ },
      handler: (code) =>
        code.replace(/new URL\(("[\w.-]+\.wasm"),\s*import\.meta\.url\)\.href/g, '$1'),
    },
  }
}
