import type { TokenProbability } from '../../events.ts'
import type { KVCache } from '../../language-model.ts'
import { DraftTree } from './draft-tree.ts'
import type { Draft, Drafter, DraftRules } from './drafter.ts'

/** A node of the tree that may have children. */
export interface Branch {
  node: number
  /** Its parent's number; -1 is the root. */
  parent: number
  /** Tokens from the root on; none at the root itself. */
  path: readonly number[]
  /** Σ ln p along the path, under whatever guesses. */
  logprob: number
}

/** Knows likely children of nodes. */
export interface TreeSource {
  /** Begins a new tree after `tokens`. @returns false if nothing can be guessed */
  begin(tokens: readonly number[], depth: number, cache: KVCache): Promise<boolean>
  /** The `width` likeliest children of each branch, best first; fewer where fewer are known. */
  children(branches: readonly Branch[], width: number): Promise<TokenProbability[][]>
  dispose(): void
}

export interface TreeShape {
  /** Children of a node at each depth; the last holds for all below. */
  widths: readonly number[]
  /** Most nodes at each depth. */
  branches: number
  /** Most nodes of the whole tree. */
  nodes: number
}

/**
 * A tree of guesses: each node's likeliest children, pruned at each depth, and once more as a whole, to the best few by
 * cumulative log-probability, so that the target model verifies several continuations in one pass with tree attention. Miao et al. 2024,
 * "SpecInfer: Accelerating Large Language Model Serving with Tree-based Speculative Inference and Verification"; Li et al.
 * 2024, "EAGLE-2: Faster Inference of Language Models with Dynamic Draft Trees".
 */
export class TreeDrafter implements Drafter {
  private readonly source: TreeSource
  private readonly shape: TreeShape
  private readonly endIds: DraftRules['endIds']

  constructor(source: TreeSource, shape: TreeShape, { endIds }: Pick<DraftRules, 'endIds'>) {
    this.source = source
    this.shape = shape
    this.endIds = endIds
  }

  async draft(tokens: readonly number[], depth: number, cache: KVCache): Promise<Draft> {
    const tree = new DraftTree()
    const logprobs: number[] = []
    if (!(await this.source.begin(tokens, depth, cache))) return tree
    const { widths, branches: most } = this.shape
    let branches: Branch[] = [{ node: -1, parent: -1, path: [], logprob: 0 }]
    for (let level = 0; level < depth && branches.length > 0; level++) {
      const width = widths[Math.min(level, widths.length - 1)]!
      const children = await this.source.children(branches, width)
      const grown = branches
        .flatMap((branch, b) => children[b]!.map((child) => ({ branch, ...child })))
        // Where one child is certain, rounding may put its logarithm over 0.
        .map(({ branch, id, logprob: own }) => ({
          ...{ branch, id },
          logprob: branch.logprob + Math.min(0, own),
        }))
        .filter(({ logprob }) => logprob > Number.NEGATIVE_INFINITY)
        .sort((a, b) => b.logprob - a.logprob)
        .slice(0, most)
      branches = grown
        .map(({ branch: { node: parent, path }, id, logprob }) => {
          const node = tree.child(parent, id)
          logprobs[node] = logprob
          return { node, parent, path: [...path, id], logprob }
        })
        .filter(({ path }) => !this.endIds.includes(path.at(-1)!))
    }
    return likeliest(tree, logprobs, this.shape.nodes)
  }

  dispose(): void {
    this.source.dispose()
  }
}

/** The part of a tree that has its `most` likeliest nodes. No node is likelier than its parent, so it is a tree. */
function likeliest({ tokens, parents }: Draft, logprobs: readonly number[], most: number): Draft {
  const order = [...tokens.keys()].sort((a, b) => logprobs[b]! - logprobs[a]! || a - b)
  const kept = order.slice(0, most).sort((a, b) => a - b)
  const places = new Map(kept.map((node, place) => [node, place]))
  return {
    tokens: kept.map((node) => tokens[node]!),
    parents: kept.map((node) => places.get(parents[node]!) ?? -1),
  }
}
