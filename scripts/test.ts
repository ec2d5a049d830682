/** Builds what the suites serve, then runs them: `npm test [-- vitest options]`. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CHROMIUM_PATH } from '../test/browser/support/browser.ts'
import { ROOT } from './lib/paths.ts'

if (!existsSync(CHROMIUM_PATH)) {
  console.warn(`No Chromium at ${CHROMIUM_PATH} (set CHROMIUM_PATH): browser tests are skipped.`)
  if (process.env.REQUIRE_CHROMIUM) process.exit(1)
}

const steps = [
  [join(ROOT, 'scripts/build.ts')],
  [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)],
]

for (const args of steps) {
  const env = {
    ...process.env,
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
  }
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env })
  if (status !== 0) process.exit(status ?? 1)
}
