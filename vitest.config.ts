import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src", "web", "bench", "sim", "test", "tools"].map((folder) => `${folder}/**/*.test.ts`),
    setupFiles: ["test/setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 3,
    pool: "forks",
  },
});
