/** The registers of people, the table of rights and the audit log, as far as they may be seen. */

import { t } from "../i18n";
import { address, type Route } from "../routes";
import { may } from "../state/live";
import { type RegisterName, REGISTERS } from "../state/registers";
import { EVERY_ENTRY } from "../state/audit";

export const REGISTER_RIGHTS: Readonly<Record<RegisterName, { see: string; change: string }>> = {
  accounts: { see: "people.administer", change: "people.administer" },
  persons: { see: "people.read", change: "people.administer" },
  departments: { see: "people.read", change: "people.administer" },
  posts: { see: "people.read", change: "people.administer" },
  duty: { see: "people.read", change: "duty.administer" },
};

type Tab = RegisterName | "rights" | "audit";

const TABS: readonly { tab: Tab; right: string; to: Route }[] = [
  ...REGISTERS.map((register) => ({ tab: register, right: REGISTER_RIGHTS[register].see, to: { page: "people", register, entry: null } as const })),
  { tab: "rights", right: "rights.administer", to: { page: "rights", role: null, action: null } },
  { tab: "audit", right: "audit.read", to: { page: "audit", choice: EVERY_ENTRY } },
];

export const PeopleHead = ({ current }: { current: Tab }) => (
  <header class="people-head">
    <h1>{t("people")}</h1>
    <nav class="tabs" aria-label={t("people")}>
      {TABS.filter(({ right }) => may(right)).map(({ tab, to }) => (
        <a key={tab} href={address(to)} aria-current={tab === current ? "page" : undefined}>{t(`people_${tab}`)}</a>
      ))}
    </nav>
  </header>
);
