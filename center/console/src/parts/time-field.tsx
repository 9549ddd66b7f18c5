/** A day, or a day and time, that reads in the language that is set: the browser's own field is in the browser's. */

import { date, dateTime } from "../format";
import { t } from "../i18n";

interface Properties {
  type: "date" | "datetime-local";
  label: string;
  /** As the browser's field has it, local time; empty for none. */
  value: string;
  max?: string;
  min?: string;
  /** In a form that is sent: its name, and that a value is needed. */
  name?: string;
  required?: boolean;
  onChange: (value: string) => void;
}

/** While it is being edited the browser's field is seen, which says how it wants to be typed in. */
export function TimeField({ type, label, value, onChange, ...more }: Properties) {
  const shown = value === "" ? t("day_choose") : type === "date" ? date(`${value}T00:00`) : dateTime(value);
  return (
    <span class="time-field">
      <input type={type} aria-label={label} value={value} {...more} onChange={(event) => onChange(event.currentTarget.value)} />
      <span aria-hidden="true">{shown}</span>
    </span>
  );
}
