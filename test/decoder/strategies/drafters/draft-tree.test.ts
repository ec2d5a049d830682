import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DraftTree } from '../../../../decoder/strategies/drafters/draft-tree.ts'

test('sequences share their beginnings', () => {
  const tree = new DraftTree()
  expect(tree.add([5, 6, 7])).toEqual([0, 1, 2])
  expect(tree.add([5, 6, 8])).toEqual([0, 1, 3])
  expect(tree.add([6, 7])).toEqual([4, 5])
  expect(tree.tokens).toEqual([5, 6, 7, 8, 6, 7])
  expect(tree.parents).toEqual([-1, 0, 1, 1, -1, 4])
})

test('holds exactly the beginnings of what was added, parents first', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(2), { maxLength: 5 }), { maxLength: 8 }), (sequences) => {
      const tree = new DraftTree()
      for (const sequence of sequences) tree.add(sequence)
      const paths: string[] = []
      for (const [node, token] of tree.tokens.entries()) {
        const parent = tree.parents[node]!
        expect(parent).toBeLessThan(node)
        paths.push(parent < 0 ? `${token}` : `${paths[parent]} ${token}`)
      }
      const beginnings = new Set(
        sequences.flatMap((list) => list.map((_, i) => list.slice(0, i + 1).join(' '))),
      )
      expect(paths).toHaveLength(beginnings.size)
      expect(new Set(paths)).toEqual(beginnings)
    }),
    { seed: 2, numRuns: 200 },
  )
})
