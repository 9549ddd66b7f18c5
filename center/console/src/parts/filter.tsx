/** A list of values to choose one from, or any. */

import { t } from "../i18n";

interface Properties {
  label: string;
  value: string | null;
  options: readonly (readonly [value: string, words: string])[];
  onChange: (value: string | null) => void;
}

/** A value that isn't among the options (from an address, say) is one nevertheless: what is chosen is always seen. */
export const Filter = ({ label, value, options, onChange }: Properties) => (
  <label>
    {label}
    <select value={value ?? ""} onChange={(event) => onChange(event.currentTarget.value || null)}>
      <option value="">{t("any")}</option>
      {value !== null && !options.some(([option]) => option === value) && <option value={value}>{value}</option>}
      {options.map(([option, words]) => (
        <option key={option} value={option}>{words}</option>
      ))}
    </select>
  </label>
);
