/** Compiles the engine's kernels from AssemblyScript into dist/engine. */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import asc from 'assemblyscript/asc'
import { ROOT } from './paths.ts'

const SOURCES = join(ROOT, 'runtimes/simd/assembly')
const OUTPUT = join(ROOT, 'dist/engine/kernels.wasm')

/** Does nothing if they are newer than their sources. */
export async function compileEngine(): Promise<void> {
  const times = readdirSync(SOURCES).map((file) => statSync(join(SOURCES, file)).mtimeMs)
  if (existsSync(OUTPUT) && statSync(OUTPUT).mtimeMs > Math.max(...times)) return
  mkdirSync(dirname(OUTPUT), { recursive: true })
  const { error, stderr } = await asc.main([
    join(SOURCES, 'index.ts'),
    ...['--outFile', OUTPUT, '-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
    ...['--enable', 'simd'],
  ])
  if (error) throw new Error(`The engine does not compile: ${stderr.toString()}`)
}
