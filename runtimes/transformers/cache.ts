import type { KVCache } from '../../decoder/language-model.ts'
import { checkTruncation } from '../check-truncation.ts'
import type { Branch } from '../fallback/tree-step.ts'
import type { KeyValues } from './key-values.ts'

/**
 * A cache over shared `KeyValues`: a fork or a rollback costs nothing until the next pass, which alone cuts off what
 * was rolled back.
 */
export class OnnxCache implements KVCache {
  #keyValues: KeyValues
  #length: number
  /** What `keep` chooses from: the last step's first position, and its branches if it was a tree. */
  #lastStep: { start: number; branches: Branch<OnnxCache>[] | null } = { start: 0, branches: null }
  /** What the model's heads read, of the last tokens held. */
  #states: readonly Float32Array[] = []

  constructor(keyValues: KeyValues, length = keyValues.length) {
    this.#keyValues = keyValues
    this.#length = length
  }

  get length(): number {
    return this.#length
  }

  get bytes(): number {
    return this.#keyValues.bytes
  }

  /** Whether the next pass must wait for `keep`. */
  get undecided(): boolean {
    return this.#lastStep.branches !== null
  }

  /** What the model's heads read at the last token; null if no pass has left it here. */
  get state(): Float32Array | null {
    return this.#states.at(-1) ?? null
  }

  /** May hold more tokens than `length` after a rollback. */
  get keyValues(): KeyValues {
    return this.#keyValues
  }

  fork(): OnnxCache {
    if (this.undecided) throw new Error('A cache can be forked after `keep` has chosen a path')
    const fork = this.copy(this.#keyValues.share(), this.#length)
    fork.#states = this.#states
    return fork
  }

  protected copy(keyValues: KeyValues, length: number): OnnxCache {
    return new OnnxCache(keyValues, length)
  }

  truncate(length: number): void {
    checkTruncation(this.#length, length)
    const { start, branches } = this.#lastStep
    if (branches && length > start) {
      throw new RangeError('Tokens of a tree step are chosen by `keep`, not by `truncate`')
    }
    this.#drop(branches)
    this.#states = this.#states.slice(0, Math.max(0, this.#states.length - this.#length + length))
    this.#length = length
    this.#lastStep = { start: Math.min(start, length), branches: null }
  }

  keep(path: ArrayLike<number>): void {
    const nodes = Array.from(path)
    const { start, branches } = this.#lastStep
    if (!branches) {
      // A plain step is a tree with one path.
      const valid = nodes.every((node, index) => node === index)
      if (!valid || start + nodes.length > this.#length) throw badPath(nodes)
      this.truncate(start + nodes.length)
      return
    }
    const branch = branches.find(({ path }) => nodes.every((node, index) => node === path[index]))
    if (!branch) throw badPath(nodes)
    // The first branch with this path is the one whose pass has made its last token.
    branch.cache.truncate(start + nodes.length)
    this.replace(branch.cache.#keyValues.share(), start + nodes.length)
    this.#states = branch.cache.#states
    this.#drop(branches)
  }

  dispose(): void {
    this.#drop(this.#lastStep.branches)
    this.#lastStep = { start: 0, branches: null }
    this.#keyValues.release()
  }

  /** Takes over what a pass gave, or a rolled-back copy of what is held. */
  replace(keyValues: KeyValues, length = keyValues.length): void {
    this.#keyValues.release()
    this.#keyValues = keyValues
    this.#lastStep = { start: Math.min(this.#length, length), branches: null }
    this.#length = length
  }

  /** Keeps what the heads read of the last tokens, the last included; or nothing. */
  remember(states: readonly Float32Array[]): void {
    this.#states = states
  }

  /** Counts the tokens from `start` on as one step, though they took several passes. */
  joinSteps(start: number): void {
    this.#lastStep = { start, branches: null }
  }

  /** Holds a tree of `count` tokens until `keep` chooses. */
  branchOut(branches: Branch<OnnxCache>[], count: number): void {
    this.#lastStep = { start: this.#length, branches }
    this.#states = []
    this.#length += count
  }

  #drop(branches: Branch<OnnxCache>[] | null): void {
    for (const { cache } of branches ?? []) cache.dispose()
  }
}

const badPath = (nodes: number[]) =>
  new RangeError(`[${nodes}] is not a path of the last step, from its root on`)
