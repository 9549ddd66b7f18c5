/** The bell: how many notices wait, and the list of them. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Notice } from "../api/types";
import { moment, number } from "../format";
import { named, t } from "../i18n";
import { go } from "../routes";
import { acknowledge, beginBell, hasMore, notices, ring } from "../state/bell";
import { EVERY_OPEN_CASE } from "../state/case-choice";
import { noticesChanged, now, reconnections, session } from "../state/live";
import { bellSounds, setBellSounds } from "../state/preferences";
import { beep } from "./beep";
import { caseAddress, caseStreet, CaseSymbol, caseTitle, Countdown } from "./case-parts";
import { Icon } from "./icons";

/** The live feed tells of changes; an account without it asks. */
const AGAIN_MS = 60_000;

export function Bell() {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const login = session.value?.login ?? "";
  const ask = (): void => void ring().catch(() => {}); // what was known stays; the lists say what is wrong
  useEffect(() => {
    beginBell();
    ask();
    const timer = setInterval(() => !document.hidden && ask(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [login, reconnections.value]);
  useEffect(ask, [noticesChanged.value]);
  useSound();
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event): void => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, [open]);
  const count = notices.value.length;
  return (
    <div
      class="bell"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        setOpen(false);
        box.current?.querySelector<HTMLElement>("button[aria-expanded]")?.focus();
      }}
    >
      <button type="button" class="icon-button" data-bell={count} aria-expanded={open} aria-label={count === 0 ? t("bell") : t("bell_n", { n: count })} title={t("bell")} onClick={() => setOpen(!open)}>
        <Icon name="bell" />
        {count > 0 && <b aria-hidden="true">{hasMore.value || count > 99 ? "99+" : number(count)}</b>}
      </button>
      {open && <Panel onLeave={() => setOpen(false)} />}
    </div>
  );
}

function Panel({ onLeave }: { onLeave: () => void }) {
  const waiting = notices.value;
  return (
    <section class="float bell-panel" aria-label={t("bell")}>
      <header class="row">
        <h2>{t("bell")}</h2>
        {waiting.length > 0 && (
          <button type="button" class="link-button" data-bell-seen onClick={() => void acknowledge(waiting.map(({ id }) => id)).catch(() => {})}>{t("bell_seen")}</button>
        )}
      </header>
      {waiting.length === 0 && <p class="empty">{t("bell_none")}</p>}
      <ul>
        {waiting.map((notice) => (
          <li key={notice.id}>
            <Entry of={notice} onLeave={onLeave} />
          </li>
        ))}
      </ul>
      {hasMore.value && <p class="empty">{t("bell_more")}</p>}
      <label class="switch">
        <input type="checkbox" role="switch" checked={bellSounds.value} onChange={(event) => {
          setBellSounds(event.currentTarget.checked);
          if (event.currentTarget.checked) beep();
        }} />
        <span />
        {t("bell_sound")}
      </label>
    </section>
  );
}

const Entry = ({ of, onLeave }: { of: Notice; onLeave: () => void }) => (
  <a
    class={`bell-entry ${of.urgent ? "is-urgent" : ""}`}
    href={caseAddress(of.case.number)}
    data-notice={of.rule}
    onClick={(event) => {
      event.preventDefault();
      void acknowledge([of.id]).catch(() => {});
      onLeave();
      go({ page: "cases", number: of.case.number, choice: EVERY_OPEN_CASE });
    }}
  >
    <CaseSymbol of={of.case} size={30} />
    <span>
      <strong>{named(of.title, of.title_en)}</strong>
      <span>{caseTitle(of.case)}</span>
      <small>{[moment(of.at, now.value), caseStreet(of.case), of.case.number].filter(Boolean).join(" · ")}</small>
      <Countdown of={of.case} />
    </span>
  </a>
);

/** A sound for what is new, if it is wanted; not for what was there when the page was opened. */
function useSound(): void {
  const known = useRef<number | null>(null);
  const newest = notices.value[0]?.id ?? 0;
  useEffect(() => {
    const isNew = known.current !== null && newest > known.current;
    known.current = Math.max(known.current ?? 0, newest);
    if (isNew && bellSounds.peek()) beep();
  }, [newest]);
}
