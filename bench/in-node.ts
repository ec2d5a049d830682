import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../scripts/lib/paths.ts'
import type { Engine } from './engines/engine.ts'
import { FLARE, openFlare } from './engines/flare.ts'
import { openOurs } from './engines/ours.ts'
import { transformersEngine } from './engines/transformers.ts'
import { loadPeer } from './lib/contestants.ts'
import { compete, type Result } from './lib/measure.ts'
import { importFlare, peersInstalled } from './lib/peers.ts'
import { race } from './lib/race.ts'
import type { Entry } from './models/entries.ts'

/** Engines side by side in this process, where wllama can't run. */
export async function benchInNode({
  name,
  folder,
  hasOnnx,
  promptOf,
  rounds,
}: Entry): Promise<Result[]> {
  const label = `${name}, Node`
  const base = `${pathToFileURL(folder).href}/`
  const kernels = readFileSync(join(ROOT, 'dist/engine/kernels-relaxed.wasm'))
  const gguf = new Uint8Array(readFileSync(join(folder, 'model.gguf')))
  const fetchGguf: typeof fetch = async (url) =>
    String(url).endsWith('/model.gguf') ? new Response(gguf) : new Response(null, { status: 404 })
  const ours = () => openOurs(base, fetchGguf, () => WebAssembly.compile(kernels))
  const flareModule = peersInstalled() ? await importFlare() : null
  const flare = flareModule && (() => openFlare(flareModule, gguf))

  const engines: Engine[] = [await ours()]
  if (flare) engines.push(flare())
  if (hasOnnx) engines.push(transformersEngine(await loadPeer(folder)))
  const results = await race(label, engines, promptOf, rounds)
  for (const engine of engines) await engine.close()

  const firstToken = (open: () => Promise<Engine>) => async () => {
    const start = performance.now()
    const engine = await open()
    await engine.run(promptOf(8), 1)
    const time = performance.now() - start
    await engine.close()
    return time
  }
  results.push(
    ...(await compete({
      name: `${label}: from the file's bytes to the first token`,
      unit: 'ms',
      ours: firstToken(ours),
      peers: flare
        ? { [`${FLARE}, its code compiled already`]: firstToken(async () => flare()) }
        : {},
      rounds: Math.min(rounds, 5),
    })),
  )
  return results
}
