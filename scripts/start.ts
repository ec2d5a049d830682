/** Builds the site and serves it with the worker on workerd, as on Cloudflare: `npm start [-- wrangler dev options]`. */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './lib/paths.ts'

const HOST = '127.0.0.1'
const args = process.argv.slice(2)
const port = optionValue('--port') ?? '8787'
const url = `http://${HOST}:${port}`

const built = spawnSync(process.execPath, [join(ROOT, 'scripts/build.ts')], { stdio: 'inherit' })
if (built.status !== 0) process.exit(built.status ?? 1)

const server = spawn(
  process.execPath,
  [
    join(ROOT, 'node_modules/wrangler/bin/wrangler.js'),
    'dev',
    ...['--ip', HOST, '--port', port, '--show-interactive-dev-session=false'],
    ...args,
  ],
  {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      WRANGLER_LOG: process.env.WRANGLER_LOG ?? 'warn',
      // Nothing leaves this machine: no usage figures, no look-up of where it stands.
      WRANGLER_SEND_METRICS: 'false',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    },
  },
)
server.on('exit', (code) => process.exit(code ?? 1))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal))

await answers(`${url}/health`)
console.log(
  `Edgewise is at ${url}: open it and ask the chat, or  curl ${url}/v1/chat/completions -H 'content-type: application/json' -d '{"messages":[{"role":"user","content":"hello"}]}'`,
)

/** Waits until the address answers; the server's own exit ends the wait. */
async function answers(address: string): Promise<void> {
  for (;;) {
    const response = await fetch(address).catch(() => null)
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function optionValue(name: string): string | undefined {
  const index = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`))
  if (index < 0) return undefined
  return args[index]!.includes('=') ? args[index]!.split('=')[1] : args[index + 1]
}
