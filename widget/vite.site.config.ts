import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The demo site: a page that embeds the widget as any customer's would. */
export default defineConfig({
  root: here('site'),
  base: '/',
  publicDir: false,
  build: {
    target: 'es2022',
    outDir: here('../dist/assets'),
    emptyOutDir: false,
    assetsDir: 'site',
    assetsInlineLimit: 0,
    modulePreload: false,
  },
})
