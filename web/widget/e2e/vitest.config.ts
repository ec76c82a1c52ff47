import { defineConfig } from "vitest/config";

// One browser for all files; a gateway for each of two workers, of a running one one. Chromium is the system's; CHROMIUM names another.
const running = Boolean(process.env["OKNO_E2E_WIDGET_HOST"]);

export default defineConfig({
  test: {
    include: ["e2e/*.test.ts"],
    globalSetup: ["e2e/setup.ts"],
    fileParallelism: !running,
    maxWorkers: running ? 1 : 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { concurrent: false },
  },
});
