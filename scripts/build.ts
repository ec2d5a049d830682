/**
 * Builds dist/assets, everything the edge serves as static files, and dist/engine, the SIMD kernels. The worker itself is
 * bundled by wrangler.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { compileEngine } from './lib/engine.ts'
import { ASSETS, ROOT } from './lib/paths.ts'
import { compressEngines, copyHeaders, copyKernels, copyModel } from './lib/static-assets.ts'

const WIDGET_BUILDS = ['vite.site.config.ts', 'vite.launcher.config.ts', 'vite.modules.config.ts']

rmSync(ASSETS, { recursive: true, force: true })
mkdirSync(ASSETS, { recursive: true })
// First, since the widget is told what the kernels are.
await compileEngine()
for (const config of WIDGET_BUILDS) {
  await build({ configFile: join(ROOT, 'widget', config), logLevel: 'warn' })
}
copyModel()
compressEngines()
copyKernels()
copyHeaders()
