import { defineConfig } from "vite";

declare const process: { env: Record<string, string | undefined> };

/** Where `npm run dev` finds a running center. */
const center = process.env["STREETWARDEN_CENTER"] ?? "http://127.0.0.1:8480";

export default defineConfig({
  build: {
    target: "es2023",
    sourcemap: false,
    chunkSizeWarningLimit: 1400, // MapLibre is one large module; it has a chunk of its own
    assetsInlineLimit: 0, // the content policy of the center allows scripts and fonts from files only
  },
  worker: { format: "es" },
  server: {
    proxy: { "/api": { target: center, ws: true, changeOrigin: true } },
  },
  test: { include: ["test/**/*.test.ts"], environment: "node", css: true },
} as Parameters<typeof defineConfig>[0]);
