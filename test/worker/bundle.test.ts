import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ASSETS, ROOT } from '../../scripts/lib/paths.ts'
import { CHAT, chat, post } from '../support/api.ts'

/**
 * What `npm run deploy` would upload, on bare workerd: none of the local tools in between that forgive more than the
 * platform does.
 */
const folder = mkdtempSync(join(tmpdir(), 'edgewise-bundle-'))
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name)
const files = () => readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name))

beforeAll(() => {
  const { status, stderr } = spawnSync(
    bin('wrangler'),
    ['deploy', '--dry-run', '--outdir', folder],
    { cwd: ROOT, encoding: 'utf8', env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } },
  )
  if (status !== 0) throw new Error(stderr)
})

let server: ChildProcess | undefined
afterAll(() => {
  server?.kill()
  rmSync(folder, { recursive: true })
})

describe('the bundle', () => {
  test('is within the platform’s 64 MiB', () => {
    const bytes = files().reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    expect(bytes).toBeLessThan(64 * 2 ** 20)
  })

  // cloudflare/next-on-pages#704
  test('compiles no code at run time', () => {
    const code = readFileSync(join(folder, 'index.js'), 'utf8')
    expect(code).not.toMatch(/\bnew Function\b|[^.\w]eval\(/)
  })

  // cloudflare/next-on-pages#704
  test('answers the first request on bare workerd, cold', async () => {
    const port = await freePort()
    const date = /compatibility_date = "(.*)"/.exec(
      readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'),
    )![1]
    const modules = files().map((name) => {
      const kind = name.endsWith('.wasm') ? 'wasm' : 'esModule'
      return `(name = "${name}", ${kind} = embed "${name}")`
    })
    // The entry comes first.
    modules.sort((a, b) => Number(b.includes('"index.js"')) - Number(a.includes('"index.js"')))
    writeFileSync(
      join(folder, 'config.capnp'),
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .edge), (name = "assets", disk = (path = "${ASSETS}"))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const edge :Workerd.Worker = (
  modules = [${modules.join(', ')}],
  bindings = [(name = "ASSETS", service = "assets")],
  compatibilityDate = "${date}",
  compatibilityFlags = ["no_nodejs_compat", "no_nodejs_compat_v2"]
);
`,
    )
    let errors = ''
    server = spawn(bin('workerd'), ['serve', join(folder, 'config.capnp')])
    server.stderr!.on('data', (data) => {
      errors += data
    })
    const url = `http://127.0.0.1:${port}`
    for (let i = 0; i < 100; i++) {
      if (await fetch(`${url}/health`).catch(() => null)) break
      await wait(100)
    }
    const { status, json } = await post(url, CHAT, chat('Hello!', { max_tokens: 8 }))
    expect([status, errors]).toEqual([200, ''])
    expect(json.choices[0].message.content.length).toBeGreaterThan(0)
  })
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  return port
}
