/** Compiles the engine's kernels from AssemblyScript into dist/engine. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'
import { ENGINE, ROOT } from './paths.ts'

const SOURCES = join(ROOT, 'runtimes/simd/assembly')
/** Size and hash of each file, for the scripts that fetch them. */
const FACTS = join(ENGINE, 'kernels.json')

/** For every engine, and for those with relaxed SIMD, of which some products are made several times faster. */
export const KERNELS = {
  'kernels.wasm': { source: 'index.ts', features: ['simd'] },
  'kernels-relaxed.wasm': { source: 'relaxed.ts', features: ['simd', 'relaxed-simd'] },
}

/** Does nothing if they are newer than their sources. */
export async function compileEngine(): Promise<void> {
  const times = readdirSync(SOURCES).map((file) => statSync(join(SOURCES, file)).mtimeMs)
  if (existsSync(FACTS) && statSync(FACTS).mtimeMs > Math.max(...times)) return
  mkdirSync(ENGINE, { recursive: true })
  const facts: Record<string, { bytes: number; sha256: string }> = {}
  for (const [name, { source, features }] of Object.entries(KERNELS)) {
    const output = join(ENGINE, name)
    await compile(join(SOURCES, source), output, features)
    const bytes = readFileSync(output)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    facts[name] = { bytes: bytes.length, sha256 }
  }
  writeFileSync(FACTS, `${JSON.stringify(facts)}\n`)
}

async function compile(source: string, output: string, features: string[]): Promise<void> {
  const { error, stderr } = await asc.main([
    source,
    ...['--outFile', output, '-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
    ...features.flatMap((feature) => ['--enable', feature]),
  ])
  if (error) throw new Error(`The engine does not compile: ${stderr.toString()}`)
}
