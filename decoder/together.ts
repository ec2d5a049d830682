/**
 * Runs sources side by side and yields what comes, as it comes. Each works on while its last item is taken, so that all
 * that wait for one thing wait for it together.
 *
 * @param width  most sources at work at a time, ≥ 1; the rest begin when others are done
 * @throws whatever a source throws; all others are closed then, as they are when the reader leaves
 */
export async function* together<Item>(
  sources: Iterable<AsyncGenerator<Item>>,
  width: number,
): AsyncGenerator<Item> {
  const waiting = sources[Symbol.iterator]()
  const running = new Map<
    AsyncGenerator<Item>,
    Promise<[AsyncGenerator<Item>, IteratorResult<Item>]>
  >()
  const advance = (source: AsyncGenerator<Item>) => {
    const item = source.next().then((result): [typeof source, typeof result] => [source, result])
    // Whoever fails while another's item is read is heard in the next turn.
    item.catch(() => {})
    // Behind all others, or else one that is always ready would be the only one heard.
    running.delete(source)
    running.set(source, item)
  }
  const begin = () => {
    const next = waiting.next()
    if (!next.done) advance(next.value)
  }
  try {
    for (let i = 0; i < width; i++) begin()
    while (running.size > 0) {
      const [source, result] = await Promise.race(running.values())
      if (result.done) {
        running.delete(source)
        begin()
      } else {
        advance(source)
        yield result.value
      }
    }
  } finally {
    await Promise.allSettled([...running.keys()].map((source) => source.return(undefined)))
  }
}
