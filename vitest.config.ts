import { defineConfig } from 'vitest/config'
import { sharing } from './test/helpers/sharing.ts'

const shared = sharing(import.meta.dirname)

export default defineConfig({
  test: {
    pool: 'forks',
    // most of them wait for processes that they started
    maxWorkers: 4,
    passWithNoTests: false,
    projects: [
      { extends: true, test: { name: 'processes', include: ['test/**/*.test.{ts,tsx}'], exclude: shared } },
      { extends: true, test: { name: 'functions', include: shared, isolate: false } }
    ],
    globalSetup: 'test/helpers/quick-starts.ts',
    testTimeout: 30_000,
    hookTimeout: 30_000
  }
})
