/** Compiles the engine's kernels from AssemblyScript, once with relaxed SIMD and once without. */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'
import { ROOT } from './paths.ts'

const SOURCES = join(ROOT, 'runtimes/simd/assembly')
const OUTPUT = join(ROOT, 'dist/engine')
const FEATURES = { relaxed: ['simd', 'relaxed-simd'], plain: ['simd'] }

export async function compileEngine(): Promise<void> {
  mkdirSync(OUTPUT, { recursive: true })
  const newest = Math.max(
    ...readdirSync(SOURCES).map((file) => statSync(join(SOURCES, file)).mtimeMs),
  )
  for (const [name, features] of Object.entries(FEATURES)) {
    const output = join(OUTPUT, `${name}.wasm`)
    if (existsSync(output) && statSync(output).mtimeMs > newest) continue
    const { error, stderr } = await asc.main([
      join(SOURCES, 'index.ts'),
      ...['--outFile', output, '-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
      ...features.flatMap((feature) => ['--enable', feature]),
      ...['--exportStart', '_initialize'],
    ])
    if (error) throw new Error(`The engine does not compile: ${stderr.toString()}`)
  }
}
