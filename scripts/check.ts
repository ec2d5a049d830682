/** Types, lint and format; import directions are held by test/structure.test.ts. Runs everything, then fails if any failed. */
import { spawnSync } from 'node:child_process'
import { compileEngine } from './lib/engine.ts'

const steps: [string, string[]][] = [
  ...['.', 'decoder', 'runtimes', 'worker', 'widget'].map((project): [string, string[]] => [
    'tsc',
    ['-p', project],
  ]),
  ['biome', ['check', '.']],
  ['vitest', ['run', '--project', 'unit', 'test/structure.test.ts']],
]

// What the build says of the kernels is imported, so it has a type only once they are compiled.
await compileEngine()

let failed = false
for (const [command, args] of steps) {
  console.log(`> ${command} ${args.join(' ')}`)
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) failed = true
}
process.exit(failed ? 1 : 0)
