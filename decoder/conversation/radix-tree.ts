import { commonPrefix } from '../common-prefix.ts'

/** A place in the tree; those with a value are its leaves. */
export interface RadixNode<Value> {
  /** Tokens between the parent and this place; empty for the root alone. */
  edge: readonly number[]
  parent: RadixNode<Value> | null
  /** By the first token of each child's edge. */
  readonly children: Map<number, RadixNode<Value>>
  value: Value | null
}

/** Where a walk along some tokens ended. */
interface Place<Value> {
  node: RadixNode<Value>
  /** Tokens that the tree and the walk have in common. */
  matched: number
  /** How many of them lie on the node's own edge. */
  onEdge: number
}

/**
 * Token sequences by their common beginnings: what several share is one edge, and each ends in a leaf with a value.
 * No sequence is the beginning of another. Tokens are compared themselves, never a hash of them, so nobody can craft
 * a prompt that passes for another.
 *
 * The idea of keeping prompts so is SGLang's: Zheng et al. 2023, "Efficiently Programming Large Language Models using
 * SGLang" (RadixAttention).
 */
export class RadixTree<Value> {
  readonly #root: RadixNode<Value> = { edge: [], parent: null, children: new Map(), value: null }

  get isEmpty(): boolean {
    return this.#root.children.size === 0
  }

  /** A leaf whose sequence begins with as many of these tokens as any does, and how many; null if with none. */
  find(tokens: readonly number[]): { leaf: RadixNode<Value>; matched: number } | null {
    const { node, matched } = this.#walk(tokens)
    if (matched === 0) return null
    let leaf = node
    while (leaf.value === null) leaf = leaf.children.values().next().value!
    return { leaf, matched }
  }

  /**
   * Adds a sequence that no other begins with.
   *
   * @returns its leaf, and the value of the sequence that it continues and so replaces
   */
  insert(
    tokens: readonly number[],
    value: Value,
  ): { leaf: RadixNode<Value>; replaced: Value | null } {
    const place = this.#walk(tokens)
    const rest = tokens.slice(place.matched)
    if (rest.length === 0) throw new RangeError('The tree has a sequence that begins with this one')
    if (place.node.value !== null && place.onEdge === place.node.edge.length) {
      const leaf = place.node
      const replaced = leaf.value
      leaf.edge = [...leaf.edge, ...rest]
      leaf.value = value
      return { leaf, replaced }
    }
    const parent = this.#split(place)
    const leaf: RadixNode<Value> = { edge: rest, parent, children: new Map(), value }
    parent.children.set(rest[0]!, leaf)
    return { leaf, replaced: null }
  }

  remove(leaf: RadixNode<Value>): void {
    const parent = leaf.parent!
    parent.children.delete(leaf.edge[0]!)
    leaf.parent = null
    // A place that no longer divides anything is part of an edge.
    if (parent.parent === null || parent.children.size > 1) return
    const [child] = parent.children.values()
    child!.edge = [...parent.edge, ...child!.edge]
    child!.parent = parent.parent
    parent.parent.children.set(child!.edge[0]!, child!)
  }

  #walk(tokens: readonly number[]): Place<Value> {
    let place: Place<Value> = { node: this.#root, matched: 0, onEdge: 0 }
    while (place.onEdge === place.node.edge.length) {
      const node = place.node.children.get(tokens[place.matched] ?? -1)
      if (!node) break
      const onEdge = commonPrefix(node.edge, tokens, place.matched)
      place = { node, matched: place.matched + onEdge, onEdge }
    }
    return place
  }

  /** A node at this place, made in the middle of an edge if need be. */
  #split({ node, onEdge }: Place<Value>): RadixNode<Value> {
    if (onEdge === node.edge.length) return node
    const parent = node.parent!
    const middle: RadixNode<Value> = {
      edge: node.edge.slice(0, onEdge),
      parent,
      children: new Map([[node.edge[onEdge]!, node]]),
      value: null,
    }
    parent.children.set(middle.edge[0]!, middle)
    node.edge = node.edge.slice(onEdge)
    node.parent = middle
    return middle
  }
}
