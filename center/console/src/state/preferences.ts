/** Language and appearance: what the browser asks for, until somebody chooses. */

import { computed, effect, signal } from "@preact/signals";

export type Language = "zh" | "en";
export type Theme = "system" | "light" | "dark";

const LANGUAGE = "streetwarden.language";
const THEME = "streetwarden.theme";
const SHORTCUTS = "streetwarden.shortcuts";
const BELL = "streetwarden.bell";

const browser = typeof window !== "undefined";
const prefersDark = browser ? matchMedia("(prefers-color-scheme: dark)") : null;
const prefersStill = browser ? matchMedia("(prefers-reduced-motion: reduce)") : null;

/** The first of the browser's languages that we speak. */
export function firstLanguage(wanted: readonly string[]): Language {
  for (const one of wanted) {
    if (/^zh\b/i.test(one)) return "zh";
    if (/^en\b/i.test(one)) return "en";
  }
  return wanted.length > 0 ? "en" : "zh";
}

function kept<Value extends string>(key: string, allowed: readonly Value[]): Value | null {
  try {
    const value = localStorage.getItem(key);
    return allowed.includes(value as Value) ? (value as Value) : null;
  } catch {
    return null; // storage may be forbidden; then a choice lasts as long as the page
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}

export const language = signal<Language>(
  browser ? (kept(LANGUAGE, ["zh", "en"] as const) ?? firstLanguage(navigator.languages)) : "en",
);
export const theme = signal<Theme>((browser && kept(THEME, ["system", "light", "dark"] as const)) || "system");
/** Whether single keys do something in the case desk. */
export const shortcuts = signal(!browser || kept(SHORTCUTS, ["on", "off"] as const) !== "off");
/** Whether the bell makes a sound. */
export const bellSounds = signal(browser && kept(BELL, ["on", "off"] as const) === "on");
const systemIsDark = signal(prefersDark?.matches ?? true);
export const isDark = computed(() => (theme.value === "system" ? systemIsDark.value : theme.value === "dark"));
export const isStill = signal(prefersStill?.matches ?? false);

export const locale = computed(() => (language.value === "zh" ? "zh-CN" : "en-GB"));

export function setLanguage(value: Language): void {
  language.value = value;
  keep(LANGUAGE, value);
}

export function setTheme(value: Theme): void {
  theme.value = value;
  keep(THEME, value);
}

export function setBellSounds(value: boolean): void {
  bellSounds.value = value;
  keep(BELL, value ? "on" : "off");
}

export function setShortcuts(value: boolean): void {
  shortcuts.value = value;
  keep(SHORTCUTS, value ? "on" : "off");
}

/** Keep the document as it is set. */
export function dressDocument(title: () => string): void {
  prefersDark?.addEventListener("change", (event) => {
    systemIsDark.value = event.matches;
  });
  prefersStill?.addEventListener("change", (event) => {
    isStill.value = event.matches;
  });
  effect(() => {
    document.documentElement.lang = locale.value;
    document.documentElement.dataset["theme"] = isDark.value ? "dark" : "light";
    document.title = title();
    document
      .querySelector("meta[name=theme-color]")
      ?.setAttribute("content", isDark.value ? "#0d1522" : "#ffffff");
  });
}
