import { defineConfig } from "vitest/config";

// One browser, one world: the files follow each other. Chromium is the system's; CHROMIUM names another.
export default defineConfig({
  test: {
    include: ["e2e/*.test.ts"],
    globalSetup: ["e2e/setup.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    // Tried again as the Rust tests with servers of their own are; the report says so.
    retry: 2,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    sequence: { concurrent: false },
  },
});
