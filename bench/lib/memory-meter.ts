/**
 * Sums the WebAssembly memories that are made while it runs. They never shrink, so what they hold at the end is the
 * most that they held.
 *
 * @returns a function that gives the bytes of those still alive to it
 */
export function meterMemories(): () => number {
  const memories = new Set<WebAssembly.Memory>()
  const note = (instance: WebAssembly.Instance) => {
    for (const value of Object.values(instance.exports)) {
      if (value instanceof WebAssembly.Memory) memories.add(value)
    }
  }
  const { instantiate, instantiateStreaming, Instance, Memory } = WebAssembly
  const watched = (start: (...args: never[]) => Promise<object>) =>
    async function noted(...args: never[]) {
      const result = await start(...args)
      note('instance' in result ? (result.instance as WebAssembly.Instance) : (result as never))
      return result
    }
  Object.assign(WebAssembly, {
    instantiate: watched(instantiate as never),
    instantiateStreaming: watched(instantiateStreaming as never),
    Instance: new Proxy(Instance, {
      construct(target, args) {
        const instance = new target(...(args as [WebAssembly.Module]))
        note(instance)
        return instance
      },
    }),
    Memory: new Proxy(Memory, {
      construct(target, args) {
        const memory = new target(...(args as [WebAssembly.MemoryDescriptor]))
        memories.add(memory)
        return memory
      },
    }),
  })
  return () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
}
