import { describe, expect, test } from 'vitest'
import { type RadixNode, RadixTree } from '../../../decoder/conversation/radix-tree.ts'

/** A tree of these sequences, each with its tokens joined as its value. */
function treeOf(...sequences: number[][]) {
  const tree = new RadixTree<string>()
  const leaves = sequences.map((tokens) => tree.insert(tokens, tokens.join()).leaf)
  return { tree, leaves }
}

const found = (tree: RadixTree<string>, tokens: number[]) => {
  const place = tree.find(tokens)
  return place && [place.leaf.value, place.matched]
}

/** A node's edges from the root on. */
function edges(node: RadixNode<string>): string[] {
  return node.parent ? [...edges(node.parent), node.edge.join()] : []
}

describe('a radix tree', () => {
  test('finds the longest common beginning', () => {
    const { tree } = treeOf([1, 2, 3, 4], [1, 2, 5], [7])
    expect(found(tree, [1, 2, 3, 9])).toEqual(['1,2,3,4', 3])
    expect(found(tree, [1, 2, 5, 5, 5])).toEqual(['1,2,5', 3])
    expect(found(tree, [7])).toEqual(['7', 1])
    expect(found(tree, [2, 1])).toBeNull()
    expect(found(tree, [])).toBeNull()
    expect(found(tree, [1])?.[1]).toBe(1)
  })

  test('divides an edge where two part, and joins it when one is gone', () => {
    const { tree, leaves } = treeOf([1, 2, 3, 4], [1, 2, 5, 6])
    expect(edges(leaves[0]!)).toEqual(['1,2', '3,4'])
    expect(edges(leaves[1]!)).toEqual(['1,2', '5,6'])
    tree.remove(leaves[0]!)
    expect(edges(leaves[1]!)).toEqual(['1,2,5,6'])
    expect(found(tree, [1, 2, 3])).toEqual(['1,2,5,6', 2])
    tree.remove(leaves[1]!)
    expect(tree.isEmpty).toBe(true)
  })

  test('a sequence that goes on replaces what it goes on from', () => {
    const { tree, leaves } = treeOf([1, 2], [3])
    const { leaf, replaced } = tree.insert([1, 2, 3, 4], 'longer')
    expect([leaf, replaced]).toEqual([leaves[0], '1,2'])
    expect(found(tree, [1, 2, 3])).toEqual(['longer', 3])
  })

  test('refuses a sequence that another begins with', () => {
    const { tree } = treeOf([1, 2, 3], [1, 4])
    for (const tokens of [[1, 2, 3], [1, 2], [1], []]) {
      expect(() => tree.insert(tokens, 'x')).toThrow(RangeError)
    }
  })
})
