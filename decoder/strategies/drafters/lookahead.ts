import { argmax } from '../../logits/index.ts'
import { DraftTree } from './draft-tree.ts'
import type { Draft, Drafter, VerifiedPass } from './drafter.ts'
import { NgramDrafter } from './ngram.ts'

/** Sequences remembered for a first token, and how many of them a pass verifies. */
const REMEMBERED = 4
const VERIFIED = 2

/**
 * Jacobi iteration with memory: the model is its own drafter. Each pass computes all positions of a window of guesses at
 * once; what it finds likeliest at each becomes the next pass' guesses, and a guess that agrees with everything before
 * it is right. Sequences that came up on the way are remembered and verified beside the window, as branches of a tree, and so is
 * what the text itself repeats.
 * Santilli et al. 2023, "Accelerating Transformer Inference for Translation via Parallel Decoding"; Fu et al. 2024,
 * "Break the Sequential Dependency of LLM Inference Using Lookahead Decoding".
 */
export class LookaheadDrafter implements Drafter {
  private readonly repeated = new NgramDrafter()
  private window: number[] = []
  /** Nodes of the window in the draft under way. */
  private nodes: number[] = []
  /** What followed a token in some pass, the latest last. */
  private readonly memory = new Map<number, number[][]>()

  async draft(tokens: readonly number[], depth: number): Promise<Draft> {
    const last = tokens.at(-1)!
    const tree = new DraftTree()
    const window = this.window.slice(0, depth)
    while (window.length < depth) window.push(window.at(-1) ?? last)
    this.nodes = tree.add(window)
    for (const sequence of (this.memory.get(last) ?? []).slice(-VERIFIED)) {
      tree.add(sequence.slice(0, depth))
    }
    tree.add((await this.repeated.draft(tokens, depth)).tokens)
    return tree
  }

  learn({ draft, rows, accepted }: VerifiedPass): void {
    // Where the context ends, less is verified than was proposed.
    const nodes = this.nodes.filter((node) => node < draft.tokens.length)
    const likeliest = [rows[0]!, ...nodes.map((node) => rows[node + 1]!)].map(argmax)
    for (const [i, token] of likeliest.entries()) {
      if (i + 1 < likeliest.length) this.remember(token, likeliest.slice(i + 1))
    }
    // The pass ends with one token more than it accepted; the guesses go on after that one.
    this.window = likeliest.slice(accepted.length + 1)
  }

  dispose(): void {}

  private remember(token: number, sequence: number[]): void {
    const known = this.memory.get(token) ?? []
    const others = known.filter((other) => other.some((id, i) => id !== sequence[i]))
    this.memory.set(token, [...others, sequence].slice(-REMEMBERED))
  }
}
