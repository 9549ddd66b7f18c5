/** The keys of the case desk: `/` search, `j` and `k` through the list, Enter into the case, `n` its next step. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Case } from "../api/types";
import { go } from "../routes";
import type { CaseChoice } from "../state/case-choice";
import { neighbour } from "../state/case-list";
import { shortcuts } from "../state/preferences";

/** The case whose heading takes the focus as soon as it is shown. */
export const entering = signal<string | null>(null);

export type Command = "search" | "down" | "up" | "enter" | "next";

const COMMANDS: Readonly<Record<string, Command>> = { "/": "search", j: "down", k: "up", n: "next", Enter: "enter" };

interface Pressed {
  key: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
}

/** What a key asks for; null while somebody types, for a browser's own shortcuts, and for a control's own Enter. */
export function commandOf(pressed: Pressed, focus: { types: boolean; isControl: boolean }): Command | null {
  if (pressed.altKey || pressed.ctrlKey || pressed.metaKey || pressed.isComposing || focus.types) return null;
  const command = COMMANDS[pressed.key] ?? null;
  return command === "enter" && focus.isControl ? null : command;
}

export const TYPES = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

export function useCaseKeys(cases: readonly Case[], chosen: string | null, choice: CaseChoice): void {
  const latest = useRef({ cases, chosen, choice });
  latest.current = { cases, chosen, choice };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target as Element;
      if (event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
      const row = target.closest<HTMLElement>("[data-case]")?.dataset["case"];
      const isControl = row === undefined && target.closest("a, button, summary, label") !== null;
      const command = commandOf(event, { types: target.matches(TYPES), isControl });
      if (command === null || (command !== "enter" && !shortcuts.value)) return;
      if (obey(command, row, latest.current)) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function obey(command: Command, row: string | undefined, { cases, chosen, choice }: { cases: readonly Case[]; chosen: string | null; choice: CaseChoice }): boolean {
  switch (command) {
    case "search":
      return focusOn("[data-search]");
    case "next":
      document.querySelector<HTMLElement>("[data-next]")?.click();
      return true;
    case "enter": {
      const number = row ?? chosen;
      if (number === null) return false;
      entering.value = number;
      go({ page: "cases", number, choice }, { replace: chosen !== null });
      return true;
    }
    case "down":
    case "up": {
      const number = neighbour(cases, chosen, command === "down" ? 1 : -1);
      if (number === null) return false;
      go({ page: "cases", number, choice }, { replace: chosen !== null });
      return focusOn(`[data-case="${CSS.escape(number)}"]`);
    }
  }
}

function focusOn(selector: string): boolean {
  const found = document.querySelector<HTMLElement>(selector);
  found?.focus();
  found?.scrollIntoView({ block: "nearest" });
  return found !== null;
}
