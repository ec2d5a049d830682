/** Compiles the engine's kernels from AssemblyScript into dist/engine. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'
import { ENGINE, ROOT } from './paths.ts'

const SOURCES = join(ROOT, 'runtimes/simd/assembly')
const OUTPUT = join(ENGINE, 'kernels.wasm')
/** Size and hash of the kernels, for the scripts that fetch them. */
const FACTS = join(ENGINE, 'kernels.json')

/** Does nothing if they are newer than their sources. */
export async function compileEngine(): Promise<void> {
  const times = readdirSync(SOURCES).map((file) => statSync(join(SOURCES, file)).mtimeMs)
  if (existsSync(FACTS) && statSync(FACTS).mtimeMs > Math.max(...times)) return
  mkdirSync(ENGINE, { recursive: true })
  const { error, stderr } = await asc.main([
    join(SOURCES, 'index.ts'),
    ...['--outFile', OUTPUT, '-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
    ...['--enable', 'simd'],
  ])
  if (error) throw new Error(`The engine does not compile: ${stderr.toString()}`)
  const bytes = readFileSync(OUTPUT)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  writeFileSync(FACTS, `${JSON.stringify({ bytes: bytes.length, sha256 })}\n`)
}
