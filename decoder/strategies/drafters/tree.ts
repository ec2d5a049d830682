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
}

/**
 * A tree of guesses: each node's likeliest children, pruned at each depth to the best few by cumulative log-probability,
 * so that the target model verifies several continuations in one pass with tree attention. Miao et al. 2024,
 * "SpecInfer: Accelerating Large Language Model Serving with Tree-based Speculative Inference and Verification".
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
    if (!(await this.source.begin(tokens, depth, cache))) return tree
    const { widths, branches: most } = this.shape
    let branches: Branch[] = [{ node: -1, parent: -1, path: [], logprob: 0 }]
    for (let level = 0; level < depth && branches.length > 0; level++) {
      const width = widths[Math.min(level, widths.length - 1)]!
      const children = await this.source.children(branches, width)
      const grown = branches
        .flatMap((branch, b) => children[b]!.map((child) => ({ branch, ...child })))
        .map(({ branch, id, logprob }) => ({ branch, id, logprob: branch.logprob + logprob }))
        .filter(({ logprob }) => logprob > Number.NEGATIVE_INFINITY)
        .sort((a, b) => b.logprob - a.logprob)
        .slice(0, most)
      branches = grown
        .map(({ branch: { node, path }, id, logprob }) => ({
          node: tree.child(node, id),
          parent: node,
          path: [...path, id],
          logprob,
        }))
        .filter(({ path }) => !this.endIds.includes(path.at(-1)!))
    }
    return tree
  }

  dispose(): void {
    this.source.dispose()
  }
}
