// How the client is built: hashed assets under dist/assets/, nothing inlined, since the Content-Security-Policy
// allows neither inline scripts nor inline styles.
import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
  server: { proxy: { "/ws": { target: "http://127.0.0.1:8080", ws: true }, "/api": "http://127.0.0.1:8080", "/media": "http://127.0.0.1:8080", "/avatar": "http://127.0.0.1:8080", "/group": "http://127.0.0.1:8080" } },
  // One file after another: some of them measure, or wait for what a busy machine does late.
  test: { include: ["test/**/*.test.ts"], environment: "node", fileParallelism: false },
});
