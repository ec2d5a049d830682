import { defineConfig } from 'vitest/config'

/** Suites that talk to the worker in workerd; the others need nothing built. */
const EDGE = [
  'test/worker/**/*.test.ts',
  'test/conformance/**/*.test.ts',
  'test/browser/**/*.test.ts',
]

export default defineConfig({
  test: {
    // The suites share two cores with workerd and a browser.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: EDGE },
      },
      {
        extends: true,
        test: { name: 'edge', include: EDGE, globalSetup: 'test/support/edge.ts' },
      },
    ],
  },
})
