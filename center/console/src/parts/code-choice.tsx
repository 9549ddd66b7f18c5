/** The code of a case, found by words among hundreds. */

import { useState } from "preact/hooks";
import type { Code } from "../api/types";
import { named, t } from "../i18n";
import { found, keyOf } from "../state/report";
import { Icon } from "./icons";

const SHOWN_ROWS = 7;

interface Properties {
  codes: readonly Code[];
  /** As `keyOf` has it; empty for none. */
  value: string;
  onChange: (key: string) => void;
}

export function CodeChoice({ codes, value, onChange }: Properties) {
  const [words, setWords] = useState("");
  const shown = found(codes, words);
  const chosen = codes.find((one) => keyOf(one) === value);
  const classes = [...new Set(shown.map(classOf))];
  return (
    <div class="field code-choice">
      <label for="code-search">{t("report_code")}</label>
      <div class="cases-search">
        <Icon name="search" size={18} />
        <input id="code-search" type="search" value={words} placeholder={t("report_code_search")} onInput={(event) => {
          const next = event.currentTarget.value;
          setWords(next);
          const [only, ...others] = found(codes, next);
          if (only !== undefined && others.length === 0) onChange(keyOf(only));
        }} />
      </div>
      <select name="code" size={SHOWN_ROWS} aria-label={t("report_code")} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {value === "" && <option value="" hidden />}
        {classes.map((name) => (
          <optgroup key={name} label={name}>
            {shown.filter((one) => classOf(one) === name).map((one) => (
              <option key={keyOf(one)} value={keyOf(one)}>{one.code} {named(one.name, one.name_en)}</option>
            ))}
          </optgroup>
        ))}
      </select>
      <small role="status">{chosen === undefined ? t("register_count", { n: shown.length, of: codes.length }) : t("report_code_chosen", { code: `${chosen.code} ${named(chosen.name, chosen.name_en)}` })}</small>
    </div>
  );
}

const classOf = (of: Code): string => `${t(`category_${of.category}`)} · ${named(of.class_name, of.class_name_en)}`;

/** How much time handling has: 2 urgent hours. */
export const limitWords = ({ amount, clock }: Code["conditions"][number]["limit"]): string => t(`limit_${clock}`, { n: amount });
