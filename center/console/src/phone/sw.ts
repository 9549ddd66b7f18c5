/** The service worker: without a network, the phone's page, all that it loads, and the city's map are there. It has no cases. */

import { createHandlerBoundToURL, precacheAndRoute, type PrecacheEntry } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";
import { NetworkFirst } from "workbox-strategies";

declare const self: Worker & typeof globalThis & {
  /** Filled in by the build (precache.ts). */
  __WB_MANIFEST: PrecacheEntry[];
  skipWaiting: () => Promise<void>;
};

precacheAndRoute(self.__WB_MANIFEST);
// Every address below /m is the one page.
registerRoute(new NavigationRoute(createHandlerBoundToURL("/m/index.html")));

// Streets and components are the same for every account.
registerRoute(({ url }) => url.pathname.startsWith("/api/v1/layers/"), new NetworkFirst({ cacheName: "city-layers", networkTimeoutSeconds: 10 }));

// A new version takes over when the person says so, not in the middle of a report.
self.addEventListener("message", (event) => {
  if ((event as MessageEvent).data === "take over") void self.skipWaiting();
});
