/** A step of the build: tells the staff phone's service worker which files the phone needs without a network. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { Plugin } from "vite";

/** Where Workbox expects the list. */
const PLACEHOLDER = "self.__WB_MANIFEST";

interface Options {
  /** The phone's page, in the build. */
  page: string;
  /** The service worker, in the build. */
  worker: string;
  /** Of the public files, this folder belongs to the phone. */
  publicFolder: string;
}

interface Chunk {
  type: "chunk" | "asset";
  code?: string;
  source?: string | Uint8Array;
  imports?: string[];
  dynamicImports?: string[];
  viteMetadata?: { importedCss: Set<string>; importedAssets: Set<string> };
}

/**
 * The page, everything that it loads, and its public files. What only the console loads is left out.
 *
 * Names below assets/ contain a digest of the contents; other files get a revision.
 */
export function fillPrecache({ page, worker, publicFolder }: Options): Plugin {
  return {
    name: "precache",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const files = bundle as unknown as Record<string, Chunk>;
        const html = String(files[page]?.source ?? this.error(`the build has no ${page}`));
        const needed = closure(files, [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1] as string));
        const entries = [
          { url: `/${page}`, revision: digest(html) },
          ...[...needed].sort().map((name) => ({ url: `/${name}`, revision: null })),
          ...readdirSync(`public/${publicFolder}`).sort().map((name: string) => ({
            url: `/${publicFolder}/${name}`,
            revision: digest(readFileSync(`public/${publicFolder}/${name}`)),
          })),
        ];
        const chunk = files[worker];
        if (chunk?.code === undefined || !chunk.code.includes(PLACEHOLDER)) this.error(`${worker} does not ask for ${PLACEHOLDER}`);
        if ((chunk.imports ?? []).length > 0) this.error(`${worker} shares code with a page; browsers that know no module workers could not load it`);
        chunk.code = chunk.code.replace(PLACEHOLDER, JSON.stringify(entries));
      },
    },
  };
}

/** Files that these load, now or later. */
function closure(files: Record<string, Chunk>, first: readonly string[]): Set<string> {
  const found = new Set<string>();
  const pending = [...first];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const file = files[name];
    if (found.has(name) || file === undefined) continue;
    found.add(name);
    const { imports = [], dynamicImports = [], viteMetadata } = file;
    pending.push(...imports, ...dynamicImports, ...(viteMetadata?.importedCss ?? []), ...(viteMetadata?.importedAssets ?? []));
  }
  return found;
}

const digest = (of: string | Uint8Array): string => createHash("sha256").update(of).digest("hex").slice(0, 16);
