/** The bell: how many notices there are that were not seen here, and the list of them. */

import { useEffect, useRef, useState } from "preact/hooks";
import { number } from "../format";
import { t } from "../i18n";
import { go } from "../routes";
import { acknowledge, beginBell, notices, ring, unseen } from "../state/bell";
import { EVERY_OPEN_CASE } from "../state/case-choice";
import { reconnections, session } from "../state/live";
import type { Notice } from "../state/notices";
import { bellSounds, setBellSounds } from "../state/preferences";
import { useAskAgain } from "../state/use-case-list";
import { beep } from "./beep";
import { caseAddress, caseStreet, CaseSymbol, caseTitle, Countdown } from "./case-parts";
import { Icon } from "./icons";

/** What is due gets late without an event. */
const AGAIN_MS = 60_000;
/** Every browser asks, on every page. */
const AFTER_CHANGES_MS = 15_000;
const MOST_SHOWN = 50;

export function Bell() {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const login = session.value?.login ?? "";
  const ask = (): void => void ring().catch(() => {}); // what was known stays; the lists say what is wrong
  useEffect(() => {
    beginBell(login);
    ask();
    const timer = setInterval(() => !document.hidden && ask(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [login, reconnections.value]);
  useAskAgain(true, ask, AFTER_CHANGES_MS);
  useSound();
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event): void => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, [open]);
  const count = unseen.value.length;
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
        {count > 0 && <b aria-hidden="true">{count > 99 ? "99+" : number(count)}</b>}
      </button>
      {open && <Panel onLeave={() => setOpen(false)} />}
    </div>
  );
}

function Panel({ onLeave }: { onLeave: () => void }) {
  const fresh = new Set(unseen.value.map(({ key }) => key));
  return (
    <section class="float bell-panel" aria-label={t("bell")}>
      <header class="row">
        <h2>{t("bell")}</h2>
        {fresh.size > 0 && (
          <button type="button" class="link-button" data-bell-seen onClick={() => acknowledge([...fresh])}>{t("bell_seen")}</button>
        )}
      </header>
      {notices.value.length === 0 && <p class="empty">{t("bell_none")}</p>}
      <ul>
        {notices.value.slice(0, MOST_SHOWN).map((notice) => (
          <li key={notice.key}>
            <Entry of={notice} isSeen={!fresh.has(notice.key)} onLeave={onLeave} />
          </li>
        ))}
      </ul>
      {notices.value.length > MOST_SHOWN && <p class="empty">{t("bell_more", { n: notices.value.length - MOST_SHOWN })}</p>}
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

const Entry = ({ of, isSeen, onLeave }: { of: Notice; isSeen: boolean; onLeave: () => void }) => (
  <a
    class={`bell-entry is-${of.kind} ${isSeen ? "is-seen" : ""}`}
    href={caseAddress(of.case.number)}
    data-notice={of.kind}
    onClick={(event) => {
      event.preventDefault();
      acknowledge([of.key]);
      onLeave();
      go({ page: "cases", number: of.case.number, choice: EVERY_OPEN_CASE });
    }}
  >
    <CaseSymbol of={of.case} size={30} />
    <span>
      <strong>{t(`bell_${of.kind}`)}</strong>
      <span>{caseTitle(of.case)}</span>
      <small>{[caseStreet(of.case), of.case.number].filter(Boolean).join(" · ")}</small>
      <Countdown of={of.case} />
    </span>
  </a>
);

/** A sound for what is new, if it is wanted; not for what was there when the page was opened. */
function useSound(): void {
  const known = useRef<Set<string> | null>(null);
  const keys = unseen.value.map(({ key }) => key);
  useEffect(() => {
    const isNew = known.current !== null && keys.some((key) => !known.current?.has(key));
    known.current = new Set(keys);
    if (isNew && bellSounds.peek()) beep();
  }, [keys.join("\n")]);
}
