import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src", "web", "bench", "sim", "test", "tools"].map((folder) => `${folder}/**/*.test.ts`),
    setupFiles: ["test/setup.ts"],
    // Limits for what hangs, not for what is slow: the machine may be busy.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    maxWorkers: 3,
    pool: "forks",
  },
});
