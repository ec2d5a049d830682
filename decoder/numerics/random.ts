/**
 * The decoder's only source of randomness: xoshiro128** (Blackman and Vigna 2018) with its state filled by splitmix32
 * from the seed. Integer arithmetic only, so a seed gives the same numbers on every platform.
 */
export class Random {
  private a: number
  private b: number
  private c: number
  private d: number

  /** @param seed any safe integer; all 54 bits and the sign count */
  constructor(seed: number) {
    const low = seed >>> 0
    const high = Math.floor(seed / 2 ** 32) >>> 0
    let state = mix(mix(low) ^ high)
    const next = () => {
      state = (state + 0x9e3779b9) >>> 0
      return mix(state)
    }
    this.a = next()
    this.b = next()
    this.c = next()
    this.d = next() | 1 // the one state xoshiro cannot leave is all zeros
  }

  /** Uniform in [0, 1), 53 bits. */
  next(): number {
    return ((this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53
  }

  private word(): number {
    const result = Math.imul(rotate(Math.imul(this.b, 5), 7), 9) >>> 0
    const shifted = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= shifted
    this.d = rotate(this.d, 11)
    return result
  }
}

/** A seed from the system's entropy, for callers that gave none. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits))
}

/** splitmix32's finaliser: every input bit reaches every output bit. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
