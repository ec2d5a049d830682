/**
 * Ours against its peers, side by side in one run: `npm run bench [-- --json]`.
 * `--json` prints an array of {name, ours, peer, peer_name, unit, ratio}; a ratio above 1 means ours is better.
 */
import { benchDecode } from './decode.ts'

const results = await benchDecode()

if (process.argv.includes('--json')) {
  console.log(JSON.stringify(results))
} else {
  for (const { name, ours, peer, peer_name, unit, ratio } of results) {
    console.log(
      `${name}\n  ours ${ours} ${unit}, ${peer_name} ${peer} ${unit}: ${ratio} times as good`,
    )
  }
}
