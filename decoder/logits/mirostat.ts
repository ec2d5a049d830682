import { logSumExp } from './log-softmax.ts'
import type { Logits } from './logits.ts'
import { argmax } from './select.ts'

/**
 * Mirostat 2: keeps the surprise of the text near a target. Tokens more surprising than μ bits are ruled out; after
 * each token, μ moves against the error of that token's surprise. Basu et al. 2021, "Mirostat: A Neural Text Decoding
 * Algorithm that Directly Controls Perplexity", as llama.cpp defines it. It has a state, so each generation needs one
 * of its own.
 */
export class MirostatV2 {
  private readonly tau: number
  private readonly eta: number
  private mu: number

  /**
   * @param tau target surprise in bits
   * @param eta learning rate, 0…1
   */
  constructor(tau: number, eta: number) {
    this.tau = tau
    this.eta = eta
    this.mu = 2 * tau
  }

  /** @param logits [vocabSize] unnormalised log-probabilities, changed in place */
  truncate(logits: Logits): void {
    mirostatTruncation(logits, this.mu)
  }

  /** Learns which token was drawn from the truncated logits. */
  accept(logits: Logits, id: number): void {
    const surprise = (logSumExp(logits) - logits[id]!) / Math.LN2
    this.mu -= this.eta * (surprise - this.tau)
  }
}

/**
 * Rules out tokens whose surprise, -log2 p, is over `mu` bits; if all are, the likeliest is left.
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 */
export function mirostatTruncation(logits: Logits, mu: number): void {
  const border = logSumExp(logits) - mu * Math.LN2
  const best = argmax(logits)
  for (let id = 0; id < logits.length; id++) {
    if (logits[id]! < border && id !== best) logits[id] = Number.NEGATIVE_INFINITY
  }
}
