import type { Draft } from './drafter.ts'

/** Puts a draft together out of sequences that share their beginnings. */
export class DraftTree implements Draft {
  readonly tokens: number[] = []
  readonly parents: number[] = []

  /** The child of `parent` (-1: the root) that is this token; made if there is none. */
  child(parent: number, token: number): number {
    for (let node = parent + 1; node < this.tokens.length; node++) {
      if (this.parents[node] === parent && this.tokens[node] === token) return node
    }
    this.parents.push(parent)
    return this.tokens.push(token) - 1
  }

  /** @returns the nodes of a whole sequence from the root on */
  add(sequence: readonly number[]): number[] {
    let node = -1
    return sequence.map((token) => {
      node = this.child(node, token)
      return node
    })
  }
}
