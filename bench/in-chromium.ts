import { join } from 'node:path'
import type { Browser, Page as Tab } from 'playwright-core'
import { build } from 'vite'
import { ROOT } from '../scripts/lib/paths.ts'
import { launch } from '../test/browser/support/browser.ts'
import type { EngineKey, Page } from './browser/page.ts'
import { type BenchServer, startServer } from './browser/server.ts'
import type { Engine, Prompt } from './engines/engine.ts'
import { FLARE } from './engines/flare.ts'
import { TRANSFORMERS } from './engines/transformers.ts'
import { WLLAMA } from './engines/wllama.ts'
import { compare, compete, type Result } from './lib/measure.ts'
import { peersInstalled } from './lib/peers.ts'
import { race } from './lib/race.ts'
import type { Entry } from './models/entries.ts'

const MB = 1e6
const SITE = join(ROOT, '.cache/bench/site')
const NAMES: Record<EngineKey, string> = {
  ours: 'ours',
  flare: FLARE,
  wllama: WLLAMA,
  transformers: TRANSFORMERS,
}

declare const page: Page

/** Engines side by side in one page of headless Chromium; loading in a new page for each, as a first visit is. */
export async function benchInChromium({ name, folder, hasOnnx, promptOf, rounds }: Entry) {
  const label = `${name}, Chromium`
  const keys: EngineKey[] = ['ours']
  if (peersInstalled()) keys.push('flare', 'wllama')
  if (hasOnnx) keys.push('transformers')
  await buildPage()
  const server = await startServer(SITE, folder)
  const browser = await launch()
  try {
    const tab = await openTab(browser, server)
    const engines: Engine[] = []
    for (const key of keys) {
      await tab.evaluate(([key, name]) => page.open(key, name), [key, name] as const)
      engines.push(remote(tab, key))
    }
    const speeds = await race(label, engines, promptOf, rounds)
    await tab.context().close()
    return [...speeds, ...(await loading(label, keys, browser, server, name, promptOf(8)))]
  } finally {
    await browser.close()
    server.close()
  }
}

/** Time to the first token, bytes downloaded for it, and WebAssembly memory after it. */
async function loading(
  label: string,
  keys: EngineKey[],
  browser: Browser,
  server: BenchServer,
  model: string,
  prompt: Prompt,
): Promise<Result[]> {
  const downloads = new Map<EngineKey, number>()
  const memories = new Map<EngineKey, number>()
  const firstToken = (key: EngineKey) => async () => {
    const tab = await openTab(browser, server)
    const before = server.sent
    const time = await tab.evaluate(([key, model, prompt]) => page.firstToken(key, model, prompt), [
      key,
      model,
      prompt,
    ] as const)
    downloads.set(key, server.sent - before)
    memories.set(key, await memoryOf(tab))
    await tab.context().close()
    return time
  }
  const peers = keys.slice(1)
  const times = await compete({
    name: `${label}: first visit, until the first token`,
    unit: 'ms',
    ours: firstToken('ours'),
    peers: Object.fromEntries(peers.map((key) => [NAMES[key], firstToken(key)])),
    rounds: 3,
  })
  const sizes = (what: string, bytes: Map<EngineKey, number>) =>
    peers.map((key) =>
      compare(`${label}: ${what}`, 'MB', bytes.get('ours')! / MB, NAMES[key], bytes.get(key)! / MB),
    )
  return [
    ...times,
    ...sizes('downloaded for the first token', downloads),
    ...sizes('WebAssembly memory after it', memories),
  ]
}

/** Page and workers: wllama's is in one. */
async function memoryOf(tab: Tab): Promise<number> {
  let bytes = await tab.evaluate(() => page.memory())
  for (const worker of tab.workers()) bytes += await worker.evaluate<number>('memory()')
  return bytes
}

function remote(tab: Tab, key: EngineKey): Engine {
  return {
    name: NAMES[key],
    run: (prompt, count) =>
      tab.evaluate(([key, prompt, count]) => page.run(key, prompt, count), [
        key,
        prompt,
        count,
      ] as const),
    close: async () => {},
  }
}

async function openTab(browser: Browser, server: BenchServer): Promise<Tab> {
  const tab = await (await browser.newContext()).newPage()
  tab.setDefaultTimeout(0)
  await tab.goto(server.url)
  await tab.waitForFunction(() => 'page' in globalThis)
  return tab
}

async function buildPage(): Promise<void> {
  await build({
    configFile: false,
    root: join(ROOT, 'bench/browser'),
    logLevel: 'error',
    base: '/site/',
    build: {
      outDir: SITE,
      emptyOutDir: true,
      modulePreload: false,
      target: 'es2024',
      rollupOptions: {
        input: ['page.ts', 'worker-meter.ts'].map((file) => join(ROOT, 'bench/browser', file)),
        output: { entryFileNames: '[name].js' },
      },
    },
  })
}
