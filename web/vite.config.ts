/**
 * Builds the live page into `dist/web`: one HTML file, one script, one style sheet, three icons. Nothing is inlined,
 * because the page runs under `default-src 'self'`; addresses are relative, so that a proxy may put it in a folder.
 */
import { defineConfig } from "vite";

const root = import.meta.dirname;

export default defineConfig({
  root,
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: `${root}/../dist/web`,
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8053" } },
});
