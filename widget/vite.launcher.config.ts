import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** widget.js: one classic script, so that a plain `<script>` tag of any page may load it. */
export default defineConfig({
  publicDir: false,
  build: {
    target: 'es2022',
    outDir: here('../dist/assets'),
    emptyOutDir: false,
    copyPublicDir: false,
    lib: {
      entry: here('launcher/index.ts'),
      formats: ['iife'],
      name: 'Edgewise',
      fileName: () => 'widget.js',
    },
  },
})
