/** What a worker runs before its own script: `memory()` is then the bytes of its WebAssembly memory. */
import { meterMemories } from '../lib/memory-meter.ts'

Object.assign(globalThis, { memory: meterMemories() })
