/// <reference lib="dom" />
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { describe, expect, test } from 'vitest'
import { createTestHarness } from 'wrangler'
import { KERNELS } from '../../scripts/lib/engine.ts'
import { ENGINE, ROOT } from '../../scripts/lib/paths.ts'
import { hasChromium, launch } from '../browser/support/browser.ts'
import { FileServer } from '../support/file-server.ts'
import { logitsHashes } from '../support/logits-hash.ts'
import { randomLlama } from '../support/random-llama.ts'

/**
 * Of the logits below. Who changes what the kernels compute (the order of a sum is enough) changes this, and the name of
 * the arithmetic in runtimes/simd/load-gguf.ts.
 */
const SHA256 = 'cecc7a93af74c0aa09688cc8c007127b2ca0fa3efe859236acafbc7ee7e63148'

const HASHES = {
  whole: SHA256,
  'one by one': SHA256,
  'two forks in one pass': SHA256,
  'a path of a tree, after a rollback': SHA256,
}

/** All types of tensors in one model. */
const { file } = randomLlama({
  kinds: [
    ['attn_q', 'F16'],
    ['ffn', 'Q4_0'],
    ['attn', 'F32'],
    ['', 'Q8_0'],
  ],
})

describe('the same logits, bit by bit, however tokens are fed', () => {
  test.each(Object.keys(KERNELS))('in Node, by %s', async (name) => {
    const kernels = await WebAssembly.compile(await readFile(join(ENGINE, name)))
    expect(await logitsHashes(kernels, file)).toEqual(HASHES)
  })

  test('in workerd', async () => {
    const config = {
      name: 'logits',
      main: 'test/support/logits-worker.ts',
      compatibility_date: '2026-11-17',
      compatibility_flags: ['no_nodejs_compat', 'no_nodejs_compat_v2'],
      rules: [{ type: 'CompiledWasm' as const, globs: ['**/*.wasm'], fallthrough: true }],
    }
    const harness = createTestHarness({ root: ROOT, workers: [{ config }] })
    try {
      const { url } = await harness.listen()
      const response = await fetch(url, { method: 'POST', body: file })
      expect(await response.json()).toEqual(HASHES)
    } finally {
      await harness.close()
    }
  })

  test.skipIf(!hasChromium)('in Chromium', async () => {
    const scripts = await mkdtemp(join(tmpdir(), 'edgewise-logits-page-'))
    const server = await FileServer.start()
    const browser = await launch()
    try {
      await build({
        configFile: false,
        logLevel: 'error',
        build: {
          outDir: scripts,
          rolldownOptions: {
            input: join(ROOT, 'test/browser/support/logits-page.ts'),
            output: { entryFileNames: 'page.js' },
          },
        },
      })
      server.add('index.html', '<!doctype html><script type="module" src="/page.js"></script>')
      server.add('page.js', await readFile(join(scripts, 'page.js')))
      server.add('kernels.wasm', await readFile(join(ENGINE, 'kernels-relaxed.wasm')))
      server.add('model.gguf', file)
      const page = await browser.newPage()
      await page.goto(`${server.url}index.html`, { waitUntil: 'load' })
      const hashes = page.evaluate(() => (window as unknown as { run(): unknown }).run())
      expect(await hashes).toEqual(HASHES)
    } finally {
      await browser.close()
      await server.stop()
      await rm(scripts, { recursive: true })
    }
  })
})
