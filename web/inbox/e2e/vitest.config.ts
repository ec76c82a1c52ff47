import { defineConfig } from "vitest/config";

// One browser, one world: the files follow each other. Chromium is the system's; CHROMIUM names another.
export default defineConfig({
  test: {
    include: ["e2e/*.test.ts"],
    globalSetup: ["e2e/setup.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    sequence: { concurrent: false },
  },
});
