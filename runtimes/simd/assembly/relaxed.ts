/** The kernels for engines with relaxed SIMD: those of index.ts, and faster products. */
export * from './index'
export { probeDot, productPlanes } from './plane-product'
