import type { Kernels } from './kernels.ts'

/** How int8 matrices are multiplied; all ways give the same bits. */
export interface Int8Products {
  quantize: Kernels['quantizeWide']
  multiply: Kernels['productWide']
}

/** 127 · 255 four times: bytes of the second operand are unsigned, and the sum is exact. */
const UNSIGNED = 4 * 127 * 255
/** 127 · -1 four times: they are signed. */
const SIGNED = 4 * 127 * -1

/**
 * The faster products on this processor. What the relaxed instruction makes of an operand beyond its range tells what it
 * is compiled to: x86's `vpdpbusd` takes it as unsigned, ARM's `sdot` as signed, each sixteen multiply-adds at once. Older
 * x86 has only `vpmaddubsw`, whose sums of two are cut off at 32767; with what must follow it, products of 16 bits are
 * faster. This needs no clock, and at the edge there is none.
 */
export function int8Products({
  probeDot,
  productPlanes,
  quantizePlanes,
  productWide,
  quantizeWide,
}: Kernels): Int8Products {
  const probe = probeDot?.(127, 255)
  return productPlanes && (probe === UNSIGNED || probe === SIGNED)
    ? { quantize: quantizePlanes, multiply: productPlanes }
    : { quantize: quantizeWide, multiply: productWide }
}
