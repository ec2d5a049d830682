import type { KVCache } from '../../decoder/language-model.ts'

/** One root-to-leaf path of a tree step, and a cache that ends with it. */
export interface Branch<Cache extends KVCache> {
  path: number[]
  cache: Cache
}

/**
 * A tree step (see `ForwardStep.parents`) for runtimes whose graphs know only plain sequences: every token is
 * computed once, each branch on a fork of the cache. As exact as a native tree step, but one pass per leaf.
 *
 * @param cache    the past; not changed
 * @param tokens   n ids
 * @param parents  n indexes into `tokens`, each smaller than its own position, or -1 for the end of the cache
 * @param run      one plain pass that appends tokens to a cache and gives a row of logits for each
 * @returns a row for each token, and a branch for each leaf
 * @throws {RangeError} if a parent comes after its child
 */
export async function treeStep<Cache extends KVCache>(
  cache: Cache,
  tokens: readonly number[],
  parents: ArrayLike<number>,
  run: (cache: Cache, tokens: readonly number[]) => Promise<Float32Array[]>,
): Promise<{ rows: Float32Array[]; branches: Branch<Cache>[] }> {
  const past = cache.length
  const rows: Float32Array[] = new Array(tokens.length)
  const branches: Branch<Cache>[] = []
  try {
    for (const path of leafPaths(tokens.length, parents)) {
      const shared = path.findIndex((node) => rows[node] === undefined)
      const origin = branches.find(({ path: other }) => other[shared - 1] === path[shared - 1])
      const fork = (shared > 0 && origin ? origin.cache : cache).fork() as Cache
      branches.push({ path, cache: fork })
      fork.truncate(past + shared)
      const fresh = path.slice(shared)
      const freshRows = await run(
        fork,
        fresh.map((node) => tokens[node]!),
      )
      for (const [index, node] of fresh.entries()) rows[node] = freshRows[index]!
    }
  } catch (error) {
    for (const branch of branches) branch.cache.dispose()
    throw error
  }
  return { rows, branches }
}

/** Every node that is nobody's parent, with its ancestors, root first. */
function leafPaths(count: number, parents: ArrayLike<number>): number[][] {
  checkParents(count, parents)
  const inner = new Set(Array.from(parents))
  const paths: number[][] = []
  for (let leaf = 0; leaf < count; leaf++) {
    if (inner.has(leaf)) continue
    const path: number[] = []
    for (let node = leaf; node >= 0; node = parents[node]!) path.unshift(node)
    paths.push(path)
  }
  return paths
}

/** @throws {RangeError} unless `parents` describes a tree in which parents come first */
export function checkParents(count: number, parents: ArrayLike<number>): void {
  if (parents.length !== count) {
    throw new RangeError(`${count} tokens need as many parents, not ${parents.length}`)
  }
  for (let node = 0; node < count; node++) {
    const parent = parents[node]!
    if (!Number.isInteger(parent) || parent < -1 || parent >= node) {
      throw new RangeError(`parents[${node}] must be from -1 to ${node - 1}, not ${parent}`)
    }
  }
}
