import { expect, test } from 'vitest'
import { LookaheadDrafter } from '../../../../decoder/strategies/drafters/lookahead.ts'
import { certain } from '../../../support/table-model.ts'

const rows = (...ids: number[]) => ids.map((id) => Float32Array.from(certain(id, 10)))

test('the window is what the last pass found likeliest beyond what it settled', async () => {
  const drafter = new LookaheadDrafter()
  const draft = await drafter.draft([1, 2], 3)
  // Nothing is known at first: the last token, repeated.
  expect(draft.tokens).toEqual([2, 2, 2])
  expect(draft.parents).toEqual([-1, 0, 1])
  // The pass makes 5 and accepts nothing; after the wrong guesses it would say 6, 7, 8.
  drafter.learn({ draft, rows: rows(5, 6, 7, 8), accepted: [] })
  expect((await drafter.draft([1, 2, 5], 3)).tokens.slice(0, 3)).toEqual([6, 7, 8])
})

test('what followed a token in an earlier pass is verified beside the window', async () => {
  const drafter = new LookaheadDrafter()
  const first = await drafter.draft([1, 2], 3)
  drafter.learn({ draft: first, rows: rows(5, 6, 7, 8), accepted: [] })
  const second = await drafter.draft([1, 2, 5], 3)
  drafter.learn({ draft: second, rows: rows(6, 9, 9, 9), accepted: [0] })
  // 2 5 come again: after 5, a pass saw 6 7 8, and the text has 6 9.
  const third = await drafter.draft([1, 2, 5, 6, 9, 2, 5], 3)
  const paths: string[] = []
  for (const [node, token] of third.tokens.entries()) {
    const parent = third.parents[node]!
    paths.push(parent < 0 ? `${token}` : `${paths[parent]} ${token}`)
  }
  expect(paths).toContain('6 7 8')
  expect(paths).toContain('6 9')
})

test('where the context ends, less was verified than proposed', async () => {
  const drafter = new LookaheadDrafter()
  const { tokens, parents } = await drafter.draft([1, 2], 4)
  const draft = { tokens: tokens.slice(0, 1), parents: parents.slice(0, 1) }
  drafter.learn({ draft, rows: rows(5, 6), accepted: [] })
  expect((await drafter.draft([1, 2, 5], 2)).tokens.slice(0, 2)).toEqual([6, 6])
})
