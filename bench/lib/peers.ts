/** Other engines, which are installed for the benchmarks alone. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../../scripts/lib/paths.ts'
import { type FlareModule, withoutComments } from '../engines/flare.ts'

const BENCH = join(ROOT, 'bench')
export const PEERS = join(BENCH, 'node_modules')
const FLARE_PACKAGE = join(PEERS, '@sauravpanda/flare/pkg')
const REPAIRED = join(ROOT, '.cache/bench/flare.mjs')

/** Whether `npm ci --prefix bench` has run. */
export function peersInstalled(): boolean {
  return existsSync(FLARE_PACKAGE) && existsSync(join(PEERS, '@wllama/wllama'))
}

export function repairedFlare(): string {
  return withoutComments(readFileSync(join(FLARE_PACKAGE, 'flare_web.js'), 'utf8'))
}

export const FLARE_WASM = join(FLARE_PACKAGE, 'flare_web_bg.wasm')

/** Flare in Node, its WebAssembly started. */
export async function importFlare(): Promise<FlareModule> {
  mkdirSync(join(ROOT, '.cache/bench'), { recursive: true })
  writeFileSync(REPAIRED, repairedFlare())
  const flare = (await import(pathToFileURL(REPAIRED).href)) as FlareModule
  flare.initSync({ module: await WebAssembly.compile(readFileSync(FLARE_WASM)) })
  return flare
}
