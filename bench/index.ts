/**
 * Ours against its peers, side by side in one run: `npm run bench [-- --json] [-- --only TEXT]`.
 *
 * `--json` prints an array of {name, ours, peer, peer_name, unit, ratio}; a ratio above 1 means ours is better.
 * `--only` takes the parts whose name contains the text: `decoder`, `constraints`, or a model (default `edgewise-chat`; `tiny`, `small`,
 * `mid`, `big`) with a place (`Node`, `Chromium`, `roofline`, `batching`, `speculation`, `beams`), as in `--only "tiny, Node"`.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { compileEngine } from '../scripts/lib/engine.ts'
import { DEFAULT_MODEL } from '../scripts/lib/paths.ts'
import { hasChromium } from '../test/browser/support/browser.ts'
import { benchBatching } from './batching.ts'
import { benchBeams } from './beams.ts'
import { benchConstraints } from './constraints.ts'
import { benchDecode } from './decode.ts'
import { benchInChromium } from './in-chromium.ts'
import { benchInNode } from './in-node.ts'
import type { Result } from './lib/measure.ts'
import { peersInstalled } from './lib/peers.ts'
import { type Entry, entries, WITH_ONNX } from './models/entries.ts'
import { SHAPES } from './models/shapes.ts'
import { benchRoofline } from './roofline.ts'
import { benchSpeculation } from './speculation.ts'

const PLACES: Record<string, (entry: Entry) => Promise<Result[]>> = {
  Node: benchInNode,
  Chromium: benchInChromium,
  roofline: benchRoofline,
  batching: benchBatching,
  speculation: benchSpeculation,
  beams: benchBeams,
}

const { values } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' } } })
const chosen = (name: string) => name.includes(values.only ?? '')
const partsOf = (model: string) =>
  Object.keys(PLACES).filter((place) => chosen(`${model}, ${place}`))
const names = [DEFAULT_MODEL, ...SHAPES.map(({ name }) => name)]

const note = (text: string) => console.error(text)
note(`On ${cpus()[0]?.model ?? 'an unknown processor'}, one thread for each engine`)
if (!peersInstalled()) note('Left out: wllama, Flare and xgrammar, until `npm ci --prefix bench`')
if (!hasChromium) note('Left out: Chromium, which is not at /usr/bin/chromium nor CHROMIUM_PATH')

await compileEngine()
const results: Result[] = chosen('decoder') ? await benchDecode() : []
if (chosen('constraints')) results.push(...(await benchConstraints()))
for await (const entry of entries((name) => names.includes(name) && partsOf(name).length > 0)) {
  if (WITH_ONNX.includes(entry.name) && !entry.hasOnnx) {
    note(
      `Left out: transformers.js on ${entry.name}, until PYTHON is one with model/train/requirements.txt`,
    )
  }
  for (const place of partsOf(entry.name)) {
    if (place === 'Chromium' && !hasChromium) continue
    note(`… ${entry.name}, ${place}`)
    results.push(...(await PLACES[place]!(entry)))
  }
}

if (values.json) console.log(JSON.stringify(results))
else for (const result of results) console.log(inWords(result))

function inWords({ name, ours, peer, peer_name, unit, ratio }: Result): string {
  return `${name}\n  ours ${ours} ${unit}, ${peer_name} ${peer} ${unit}: ${ratio} times as good`
}
