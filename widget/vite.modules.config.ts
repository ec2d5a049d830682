import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { onnxRuntimePlugin } from '../runtimes/transformers/vite-plugin.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** What the launcher loads later: the panel, and the Web Worker with the model. Their names are part of the contract. */
export default defineConfig({
  publicDir: false,
  base: './',
  plugins: [onnxRuntimePlugin()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: here('../dist/assets/widget'),
    emptyOutDir: false,
    copyPublicDir: false,
    modulePreload: false,
    rolldownOptions: {
      input: { panel: here('panel.tsx'), 'device-worker': here('device-worker.ts') },
      preserveEntrySignatures: 'strict',
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
      },
    },
  },
})
