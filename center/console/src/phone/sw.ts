/** The service worker: the phone's page and all that it loads are there without a network. Data is not its business. */

import { createHandlerBoundToURL, precacheAndRoute, type PrecacheEntry } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";

declare const self: Worker & typeof globalThis & {
  /** Filled in by the build (precache.ts). */
  __WB_MANIFEST: PrecacheEntry[];
  skipWaiting: () => Promise<void>;
};

precacheAndRoute(self.__WB_MANIFEST);
// Every address below /m is the one page.
registerRoute(new NavigationRoute(createHandlerBoundToURL("/m/index.html")));

// A new version takes over when the person says so, not in the middle of a report.
self.addEventListener("message", (event) => {
  if ((event as MessageEvent).data === "take over") void self.skipWaiting();
});
