import { parseArgs } from 'node:util'
import { afterEach, expect, test, vi } from 'vitest'
import { DecodingError } from '../../decoder/index.ts'
import { runCommand } from '../../scripts/lib/run-command.ts'

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

/** What is written of a command that fails with this error, and the exit code. */
async function told(fail: () => void) {
  const lines = vi.spyOn(console, 'error').mockImplementation(() => {})
  await runCommand(async () => fail())
  return { lines: lines.mock.calls.flat(), exitCode: process.exitCode }
}

test('what can’t be served is told in one line', async () => {
  const fail = () => {
    throw new DecodingError('there is no such model', 'model_not_found')
  }
  expect(await told(fail)).toEqual({ lines: ['there is no such model'], exitCode: 1 })
})

test('an unknown flag too, with where to look', async () => {
  const { lines, exitCode } = await told(() => parseArgs({ args: ['--nonsense'], options: {} }))
  expect(lines).toEqual([expect.stringMatching(/^Unknown option '--nonsense'.*; see --help$/)])
  expect(exitCode).toBe(1)
})

test('a mistake of our own keeps its stack', async () => {
  const error = new TypeError('x is not a function')
  const fail = () => {
    throw error
  }
  await expect(told(fail)).rejects.toBe(error)
})
