import { defineConfig } from "vite";
import { fillPrecache } from "./precache.ts";

declare const process: { env: Record<string, string | undefined> };

/** Where `npm run dev` finds a running center. */
const center = process.env["STREETWARDEN_CENTER"] ?? "http://127.0.0.1:8480";

export default defineConfig({
  plugins: [fillPrecache({ page: "m/index.html", worker: "m/sw.js", publicFolder: "m" })],
  build: {
    target: "es2023",
    sourcemap: false,
    chunkSizeWarningLimit: 1400, // MapLibre is one large module; it has a chunk of its own
    assetsInlineLimit: 0, // the content policy of the center allows scripts and fonts from files only
    rolldownOptions: {
      input: { index: "index.html", m: "m/index.html", citizens: "citizens/index.html", sw: "src/phone/sw.ts" },
      // A service worker's scope is the folder of its file, and its name must stay the same.
      output: { entryFileNames: ({ name }) => (name === "sw" ? "m/sw.js" : "assets/[name]-[hash].js") },
    },
  },
  worker: { format: "es" },
  server: {
    proxy: {
      "/api": { target: center, ws: true, changeOrigin: true },
      "/public/": { target: center, changeOrigin: true },
    },
  },
  test: { include: ["test/**/*.test.ts"], environment: "node", css: true },
} as Parameters<typeof defineConfig>[0]);
