/** Type → code → condition, with the phone's own lists; or by words. */

import { useState } from "preact/hooks";
import type { Code } from "../../api/types";
import { named, t } from "../../i18n";
import { limitWords } from "../../parts/code-choice";
import { found, keyOf } from "../../state/report";
import { p } from "../words";

interface Properties {
  codes: readonly Code[];
  code: string;
  condition: string;
  onChange: (code: string, condition: string) => void;
}

const CATEGORIES = ["event", "component", "service"] as const;
const classKey = (of: Code): string => `${of.code_set}/${of.code.slice(0, 2)}`;

export function CodeField({ codes, code, condition, onChange }: Properties) {
  const chosen = codes.find((one) => keyOf(one) === code) ?? null;
  const [words, setWords] = useState("");
  const [category, setCategory] = useState<string>(chosen?.category ?? "event");
  const [group, setGroup] = useState(chosen === null ? "" : classKey(chosen));
  const kinds = CATEGORIES.filter((one) => codes.some((of) => of.category === one));
  const ofKind = codes.filter((of) => of.category === category);
  const groups = [...new Map(ofKind.map((of) => [classKey(of), of])).values()];
  const isSearching = words.trim() !== "";
  const shown = isSearching ? found(codes, words) : ofKind.filter((of) => classKey(of) === group);
  const choose = (key: string): void => {
    const next = codes.find((one) => keyOf(one) === key);
    if (next !== undefined) {
      setCategory(next.category);
      setGroup(classKey(next));
    }
    onChange(key, "");
  };
  return (
    <div class="phone-code">
      <label class="field">
        {p("report_search")}
        <input type="search" name="words" value={words} placeholder={p("report_search_hint")} enterKeyHint="search" onInput={(event) => setWords(event.currentTarget.value)} />
      </label>
      {isSearching ? (
        <small role="status">{p("report_found", { n: shown.length })}</small>
      ) : (
        <>
          <div class="segments is-words" role="radiogroup" aria-label={p("report_kind")}>
            {kinds.map((one) => (
              <label key={one}>
                <input type="radio" class="hidden" name="category" checked={category === one} onChange={() => {
                  setCategory(one);
                  setGroup("");
                }} />
                {t(`category_${one}`)}
              </label>
            ))}
          </div>
          <label class="field">
            {p("report_class")}
            <select name="class" value={group} onChange={(event) => setGroup(event.currentTarget.value)}>
              <option value="">{p("report_choose")}</option>
              {groups.map((of) => <option key={classKey(of)} value={classKey(of)}>{named(of.class_name, of.class_name_en)}</option>)}
            </select>
          </label>
        </>
      )}
      <label class="field">
        {p("report_code")}
        <select name="code" value={code} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">{p("report_choose")}</option>
          {chosen !== null && !shown.includes(chosen) && <option value={code}>{codeWords(chosen)}</option>}
          {shown.map((of) => <option key={keyOf(of)} value={keyOf(of)}>{codeWords(of)}</option>)}
        </select>
      </label>
      {chosen !== null && (
        <label class="field">
          {p("report_condition")}
          <select name="condition" value={condition} onChange={(event) => onChange(code, event.currentTarget.value)}>
            <option value="">{p("report_condition_later")}</option>
            {chosen.conditions.map((one) => <option key={one.condition} value={one.condition}>{named(one.name, one.name_en)} · {limitWords(one.limit)}</option>)}
          </select>
          <Needs of={chosen} condition={condition} />
        </label>
      )}
    </div>
  );
}

const codeWords = (of: Code): string => `${of.code} ${named(of.name, of.name_en)}`;

function Needs({ of, condition }: { of: Code; condition: string }) {
  const chosen = of.conditions.find((one) => one.condition === condition) ?? of.conditions[0];
  const needs = chosen === undefined ? "" : named(chosen.report_needs, chosen.report_needs_en);
  return needs === "" ? null : <small>{p("report_needs", { needs })}</small>;
}
