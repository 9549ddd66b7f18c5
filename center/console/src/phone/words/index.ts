/** The words of the staff phone; what the console says too comes from there. */

import { fill } from "../../i18n";
import { language } from "../../state/preferences";
import { en, type Key } from "./en";
import { zh } from "./zh";

export type { Key };

const WORDS = { zh, en };

export function p(key: Key, values: Record<string, string | number> = {}): string {
  return fill(WORDS[language.value][key], values);
}
