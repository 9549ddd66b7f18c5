/** The service worker: installed when the page is there, and replaced when the person says so. */

import { signal } from "@preact/signals";

/** A newer version that waits; null if there is none. */
export const newer = signal<ServiceWorker | null>(null);

/** The browser's offer to install the page as an application, where it makes one. */
export const installable = signal<{ prompt: () => Promise<unknown> } | null>(null);

export function install(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // it is offered under “Me”
    installable.value = event as unknown as { prompt: () => Promise<unknown> };
  });
  addEventListener("appinstalled", () => {
    installable.value = null;
  });
  // Only on pages with TLS and on this machine; elsewhere the phone works with a network only.
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  const isFirst = navigator.serviceWorker.controller === null;
  navigator.serviceWorker.register("/m/sw.js", { scope: "/m/" }).then(
    (registration) => {
      const look = (): void => {
        if (registration.waiting !== null && !isFirst) newer.value = registration.waiting;
      };
      look();
      registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
    },
    () => {}, // the browser forbids it
  );
}

/** Reload with the newer version. */
export function takeNewer(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  newer.value?.postMessage("take over");
}
