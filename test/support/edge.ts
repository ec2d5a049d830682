import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { createTestHarness, type TestHarness } from 'wrangler'

declare module 'vitest' {
  interface ProvidedContext {
    /** The worker as it is deployed, with the embedded model. */
    edgeUrl: string
    /** The same worker around the toy model, which says what a test tells it to. */
    toyUrl: string
  }
}

// Start-up notes of the local tools would stand between the test results.
process.env.WRANGLER_LOG ??= 'error'
process.env.WRANGLER_SEND_METRICS ??= 'false'

const root = resolve(import.meta.dirname, '../..')

/** Starts both workers in workerd, once for all suites. */
export default async function setup({ provide }: TestProject) {
  if (!existsSync(resolve(root, 'dist/assets/models/edgewise-chat'))) {
    throw new Error('Build the static files first: npm run build')
  }
  const harnesses = [startEdge(), startToy()]
  const [edge, toy] = await Promise.all(harnesses.map((harness) => harness.listen()))
  provide('edgeUrl', edge!.url.href)
  provide('toyUrl', toy!.url.href)
  return () => Promise.all(harnesses.map((harness) => harness.close()))
}

/** @param vars  settings instead of wrangler.toml's */
export function startEdge(vars: Record<string, string> = {}): TestHarness {
  return createTestHarness({ root, workers: [{ configPath: 'wrangler.toml', vars }] })
}

/** @param vars  settings of the worker */
export function startToy(vars: Record<string, string> = {}): TestHarness {
  const config = {
    name: 'toy',
    main: 'test/support/toy-worker.ts',
    compatibility_date: '2026-11-17',
    compatibility_flags: ['no_nodejs_compat', 'no_nodejs_compat_v2'],
    vars,
  }
  return createTestHarness({ root, workers: [{ config }] })
}
