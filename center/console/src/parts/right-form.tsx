/** One row of the table of rights, to be added or changed. */

import { useState } from "preact/hooks";
import type { RightsEntry } from "../api/types";
import { type Key, named, t, word } from "../i18n";
import { en } from "../i18n/en";
import { type Column, EVERY, fitting, hasPlace, hasStage, HOLDERS, REACHES, ROLES, WHOSE } from "../state/rights-table";
import { workflows } from "../state/workflows";

/** What an action of the table is called: of a case as its step is, else by a word of its own. */
export function rightWords(action: string): string {
  const [area = "", name = ""] = action.split(".", 2);
  const own = `right_${area}_${name}`;
  return own in en ? t(own as Key) : area === "case" ? word("do", name) : action;
}

/** A stage, as a workflow that is known calls it. */
export function stageName(stage: string): string {
  for (const workflow of workflows.value.values()) {
    const found = workflow.stages.find((one) => one.stage === stage);
    if (found !== undefined) return named(found.name, found.name_en);
  }
  return word("stage", stage);
}

export const whoseWords = (whose: string): string => word("right_whose", whose);
export const districtWords = (district: string): string => word("right_district", district);

const SHIPPED_STAGES = Object.keys(en).filter((key) => key.startsWith("stage_")).map((key) => key.slice("stage_".length));

interface Properties {
  start: RightsEntry;
  /** A row that is there is changed; else one is added. */
  isChange: boolean;
  actions: readonly string[];
  onGive: (entry: RightsEntry) => void;
  onBack: () => void;
}

export function RightForm({ start, isChange, actions, onGive, onBack }: Properties) {
  const [entry, setEntry] = useState(fitting(start));
  const stages = [...new Set([...[...workflows.value.values()].flatMap((one) => one.stages.map(({ stage }) => stage)), ...SHIPPED_STAGES])];
  const set = (column: Column) => (value: string): void => setEntry(fitting({ ...entry, [column]: value }));
  const every: [string, string] = [EVERY, t("any")];
  return (
    <form class="card right-form" aria-label={t(isChange ? "right_change" : "right_add")} onSubmit={(event) => {
      event.preventDefault();
      onGive(entry);
    }}>
      <Choice name="role" label="people_role" value={entry.role} options={ROLES.map((one) => [one, word("person_role", one)])} onChange={set("role")} />
      <Choice name="action" label="right_action" value={entry.action} options={actions.map((one) => [one, rightWords(one)])} onChange={set("action")} />
      <Choice name="stage" label="cases_stage" value={entry.stage} isOff={!hasStage(entry.action)} options={[every, ...stages.map((one): [string, string] => [one, stageName(one)])]} onChange={set("stage")} />
      <Choice name="holder" label="case_holder" value={entry.holder} isOff={!hasStage(entry.action)} options={[every, ...HOLDERS.map((one): [string, string] => [one, word("holder", one)])]} onChange={set("holder")} />
      <Choice name="whose" label="right_whose" value={entry.whose} isOff={!hasPlace(entry.action)} options={WHOSE.map((one) => [one, whoseWords(one)])} onChange={set("whose")} />
      <Choice name="district" label="right_district" value={entry.district} isOff={!hasPlace(entry.action)} options={REACHES.map((one) => [one, districtWords(one)])} onChange={set("district")} />
      <span class="row">
        <button type="submit" class="button" data-give>{t(isChange ? "right_change" : "right_add")}</button>
        {isChange && <button type="button" class="button" onClick={onBack}>{t("do_back")}</button>}
      </span>
    </form>
  );
}

interface ChoiceProperties {
  name: string;
  label: Key;
  value: string;
  options: readonly (readonly [string, string])[];
  isOff?: boolean;
  onChange: (value: string) => void;
}

const Choice = ({ name, label, value, options, isOff = false, onChange }: ChoiceProperties) => (
  <label class="field">
    {t(label)}
    <select name={name} value={value} disabled={isOff} onChange={(event) => onChange(event.currentTarget.value)}>
      {!options.some(([one]) => one === value) && <option value={value}>{value}</option>}
      {options.map(([one, words]) => <option key={one} value={one}>{words}</option>)}
    </select>
  </label>
);
