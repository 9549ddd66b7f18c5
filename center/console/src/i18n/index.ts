/** Words on the screen, in the language that is set. A component that calls `t` is drawn again when it changes. */

import { language } from "../state/preferences";
import { en, type Key } from "./en";
import { zh } from "./zh";

export type { Key };

const WORDS = { zh, en };

export function t(key: Key, values: Record<string, string | number> = {}): string {
  return fill(WORDS[language.value][key], values);
}

/** A word by a key made from data, such as a stage; what has no word is shown as it came. */
export function word(prefix: string, name: string): string {
  const key = `${prefix}_${name}`;
  return key in en ? t(key as Key) : name;
}

export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** What something is, as its status says it: a bus, a tilt sensor; empty if it does not say. */
export const typeName = (entityType: string | null): string => (entityType === null ? "" : word("type", entityType));

/** A name that comes in Chinese, and perhaps in English. */
export function named(name: string | null, nameEn: string | null): string {
  return (language.value === "en" ? (nameEn ?? name) : (name ?? nameEn)) ?? "";
}
