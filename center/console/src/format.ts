/** Times, spans and figures as people read them, in the language that is set. */

import { t } from "./i18n";
import { locale } from "./state/preferences";

const formats = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>();

function timeFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale.value + JSON.stringify(options);
  let found = formats.get(key) as Intl.DateTimeFormat | undefined;
  if (found === undefined) formats.set(key, (found = new Intl.DateTimeFormat(locale.value, options)));
  return found;
}

export function number(value: number, digits = 0): string {
  const key = `${locale.value} ${digits}`;
  let found = formats.get(key) as Intl.NumberFormat | undefined;
  if (found === undefined) {
    found = new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits, minimumFractionDigits: digits });
    formats.set(key, found);
  }
  return found.format(value);
}

/** 14:03:22 */
export const clockTime = (time: string | number): string =>
  timeFormat({ hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }).format(new Date(time));

const HOURS: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hour12: false };

/** 14:03 */
export const hourMinute = (time: string | number): string =>
  timeFormat(HOURS).format(new Date(time));

/** Tuesday 24 November */
export const dayName = (time: string | number): string =>
  timeFormat({ weekday: "long", month: "long", day: "numeric" }).format(new Date(time));

/** 24 Nov 2026 */
export const date = (time: string | number): string => timeFormat({ dateStyle: "medium" }).format(new Date(time));

/** 24 Nov 2026, 14:03 */
export const dateTime = (time: string | number): string => timeFormat({ dateStyle: "medium", timeStyle: "short", hour12: false }).format(new Date(time));

/** Day and time to the second; the day is left out when it is today. */
export function moment(time: string | number, nowMs: number): string {
  if (new Date(time).toDateString() !== new Date(nowMs).toDateString()) return dayAndMinute(time, nowMs);
  return timeFormat({ ...HOURS, second: "2-digit" }).format(new Date(time));
}

/** Day and time to the minute; the day is left out when it is today. */
export function dayAndMinute(time: string | number, nowMs: number): string {
  const date = new Date(time);
  const now = new Date(nowMs);
  if (date.toDateString() === now.toDateString()) return hourMinute(time);
  const day: Intl.DateTimeFormatOptions = { month: "short", day: "numeric" };
  if (date.getFullYear() !== now.getFullYear()) day.year = "numeric";
  return timeFormat({ ...day, ...HOURS }).format(date);
}

/** In full, for titles. */
export const fullTime = (time: string): string =>
  timeFormat({ dateStyle: "full", timeStyle: "long", hour12: false }).format(new Date(time));

/** A span in at most two units. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return t("unit_s", { n: whole });
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return t("unit_min", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    const rest = minutes % 60;
    return rest === 0 ? t("unit_h", { n: hours }) : t("unit_h_min", { h: hours, min: rest });
  }
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? t("unit_d", { n: days }) : t("unit_d_h", { d: days, h: hours % 24 });
}

export function ago(time: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(time)) / 1000;
  return seconds < 2 ? t("time_now") : t("ago", { time: span(seconds) });
}

export const metres = (value: number): string =>
  value < 1000 ? `${number(value < 10 ? value : Math.round(value), value < 10 ? 1 : 0)} m` : `${number(value / 1000, 1)} km`;

export const kilometresAnHour = (metresPerSecond: number): string => `${number(metresPerSecond * 3.6)} km/h`;

/** A lag. */
export const seconds = (value: number): string =>
  value < 0.001 ? "< 1 ms" : value < 1 ? `${number(value * 1000)} ms` : `${number(value, value < 10 ? 1 : 0)} s`;

export function direction(headingDeg: number): string {
  const names = t("compass").split(" ");
  const degrees = ((headingDeg % 360) + 360) % 360;
  return `${names[Math.round(degrees / 45) % 8] ?? ""} ${number(degrees)}°`;
}

export const coordinates = (lat: number, lon: number): string => `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
