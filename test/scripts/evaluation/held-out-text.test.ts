import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { heldOutSources } from '../../../scripts/lib/evaluation/held-out-text.ts'

test('a folder’s sources, by name; a folder without any is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edgewise-'))
  expect(() => heldOutSources(folder)).toThrow(/holds no held-out text/)
  expect(() => heldOutSources(join(folder, 'none'))).toThrow(/is not a folder that can be read/)
  for (const name of ['star.eval.jsonl.xz', 'prose.eval.jsonl.xz', 'prose.train.jsonl.xz']) {
    writeFileSync(join(folder, name), '')
  }
  expect(heldOutSources(folder)).toEqual(['prose', 'star'])
  rmSync(folder, { recursive: true })
})
