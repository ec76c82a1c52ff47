import { defineConfig } from "vitest/config";

// One browser for all files; a gateway for each of two workers, of a running one one. Chromium is the system's; CHROMIUM names another.
const running = Boolean(process.env["OKNO_E2E_WIDGET_HOST"]);

export default defineConfig({
  test: {
    include: ["e2e/*.test.ts"],
    globalSetup: ["e2e/setup.ts"],
    fileParallelism: !running,
    maxWorkers: running ? 1 : 2,
    // A multiple of what a quick machine needs: ours in CI has two slow cores. A step that waits in vain ends long before.
    testTimeout: 180_000,
    // Tried again as those of the inbox are; the report says so.
    retry: 2,
    hookTimeout: 120_000,
    // Also for the gate, which names what failed at its end.
    reporters: ["default", ...(process.env["OKNO_E2E_REPORT"] ? ["json"] : [])],
    outputFile: { json: process.env["OKNO_E2E_REPORT"] ?? "" },
    sequence: { concurrent: false },
  },
});
