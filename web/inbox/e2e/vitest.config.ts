import { defineConfig } from "vitest/config";

// One browser for all files; a world for each of two workers, of a running Okno one. Chromium is the system's; CHROMIUM names another.
const running = Boolean(process.env["OKNO_E2E_URL"]);

export default defineConfig({
  test: {
    include: ["e2e/*.test.ts"],
    globalSetup: ["e2e/setup.ts"],
    fileParallelism: !running,
    maxWorkers: running ? 1 : 2,
    testTimeout: 60_000,
    // Tried again as the Rust tests with servers of their own are; the report says so.
    retry: 2,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    sequence: { concurrent: false },
  },
});
