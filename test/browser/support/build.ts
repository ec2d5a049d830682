import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const config = (name: string) => fileURLToPath(new URL(`../../../widget/${name}`, import.meta.url))

/** Builds the widget and the demo site as they are shipped. @returns the folder that an edge would serve */
export async function buildWidget(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'edgewise-widget-'))
  const into = (outDir: string) => ({ logLevel: 'error' as const, build: { outDir } })
  await build({ configFile: config('vite.site.config.ts'), ...into(folder) })
  await build({ configFile: config('vite.launcher.config.ts'), ...into(folder) })
  await build({ configFile: config('vite.modules.config.ts'), ...into(join(folder, 'widget')) })
  return folder
}
