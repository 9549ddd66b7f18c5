/** Signing on. The address stays, so that one comes back to where one was. */

import { useEffect, useRef, useState } from "preact/hooks";
import { center, Refused } from "../api/client";
import type { SessionInfo } from "../api/types";
import { t } from "../i18n";
import { Mark } from "../parts/icons";
import { needed } from "../parts/needed";
import { sentence } from "../parts/problem";
import { LanguageSwitch, ThemeSwitch } from "../parts/switches";
import { begin, sessionEnded } from "../state/live";

const PLAIN = { type: "text" } as const;
const SECRET = { type: "password" } as const;

/** @param onSession takes the session that was begun. */
export function SignOn({ onSession = begin }: { onSession?: (info: SessionInfo) => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [plain, setPlain] = useState(false);
  const name = useRef<HTMLInputElement>(null);
  useEffect(() => name.current?.focus(), []);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem(null);
    center
      .signOn(String(form.get("login")).trim(), String(form.get("password")))
      .then(onSession, setProblem)
      .finally(() => setBusy(false));
  };
  return (
    <div class="sign-on">
      <div class="sign-on-scene" aria-hidden="true">
        <Streets />
      </div>
      <main class="sign-on-card">
        <div class="sign-on-brand">
          <Mark size={44} />
          <div>
            <h1>{t("product")}</h1>
            <p>{t("product_line")}</p>
          </div>
        </div>
        {sessionEnded.value === null ? (
          <p class="sign-on-lead">{t("sign_on_lead")}</p>
        ) : (
          <p class="notice">{t(sessionEnded.value === "idle" ? "sign_on_idle" : "sign_on_ended")}</p>
        )}
        <form onSubmit={submit} aria-label={t("sign_on")}>
          <label class="field">
            {t("sign_on_name")}
            <input ref={name} name="login" {...needed(t("field_needed"))} maxLength={64} autocomplete="username" autocapitalize="none" spellcheck={false} />
          </label>
          <div class="field">
            <label for="password">{t("sign_on_password")}</label>
            <div class="field-with-button">
              <input id="password" name="password" {...(plain ? PLAIN : SECRET)} {...needed(t("field_needed"))} maxLength={200} autocomplete="current-password" />
              <button type="button" class="link-button" aria-pressed={plain} onClick={() => setPlain(!plain)}>
                {t(plain ? "password_hide" : "password_show")}
              </button>
            </div>
          </div>
          {problem !== null && (
            <p class="notice is-bad" role="alert">
              {refusal(problem)}
            </p>
          )}
          <button type="submit" class="button is-primary is-wide" disabled={busy}>
            {t(busy ? "sign_on_busy" : "sign_on")}
          </button>
        </form>
        <footer class="sign-on-foot">
          <ThemeSwitch />
          <LanguageSwitch />
        </footer>
      </main>
    </div>
  );
}

function refusal(error: unknown): string {
  if (error instanceof Refused && error.status === 401) return t("sign_on_wrong");
  if (error instanceof Refused && error.problem.code === "sign_on_busy") return t("sign_on_crowded");
  if (error instanceof Refused && error.status === 429) return t("sign_on_wait", { seconds: error.retryAfterS ?? 60 });
  return sentence(error);
}

/** A town from above, drawn as light. */
const Streets = () => (
  <svg viewBox="0 0 800 800" preserveAspectRatio="xMidYMid slice">
    <g class="scene-streets">
      <path d="M-20 180C160 150 300 210 460 180S700 90 830 130M-20 420C180 400 260 450 430 420S690 330 830 380M-20 640C120 600 330 670 500 630S720 560 830 600" />
      <path d="M140-20C150 150 90 300 130 460S180 690 150 830M390-20C370 160 440 280 410 450S380 690 420 830M650-20C630 150 690 300 660 470S610 690 650 830" />
    </g>
    <g class="scene-lanes">
      <path d="M-20 300C160 280 280 330 440 300S700 220 830 250M-20 530C160 510 300 560 470 520S700 450 830 490M265-20C255 160 280 290 270 450S285 690 270 830M525-20C505 160 560 290 535 450S500 690 540 830" />
    </g>
    <g class="scene-lights">
      <circle cx="131" cy="172" r="6" />
      <circle cx="412" cy="421" r="6" />
      <circle cx="655" cy="343" r="6" />
      <circle cx="270" cy="545" r="6" />
      <circle cx="530" cy="288" r="6" />
      <circle class="is-case" cx="398" cy="187" r="8" />
      <circle class="is-case" cx="648" cy="588" r="8" />
    </g>
  </svg>
);
