/** Administration of people: accounts, persons, departments, posts and duty. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../api/client";
import { t } from "../i18n";
import { PeopleHead, REGISTER_RIGHTS } from "../parts/people-tabs";
import { Register } from "../parts/register";
import { sentence } from "../parts/problem";
import { go, route } from "../routes";
import { may } from "../state/live";
import { entriesOf, fieldsOf, type People } from "../state/people";
import type { RegisterName, Values } from "../state/registers";

export function PeopleView() {
  const current = route.value;
  if (current.page !== "people") return null;
  const register = may(REGISTER_RIGHTS[current.register].see) ? current.register : "persons";
  return <PeoplePage register={register} chosen={current.entry} />;
}

function PeoplePage({ register, chosen }: { register: RegisterName; chosen: string | null }) {
  const [people, setPeople] = useState<People | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const load = async (): Promise<void> => {
    try {
      setPeople(await center.people(may("people.administer")));
      setProblem(null);
    } catch (error) {
      setProblem(error);
    }
  };
  useEffect(() => void load(), []);
  const choose = (entry: string | null): void => go({ page: "people", register, entry }, { replace: chosen !== null });
  const save = async (key: string | null, values: Values): Promise<void> => {
    await center.savePeople(register, key, values);
    await load();
  };
  const remove = async (key: string): Promise<void> => {
    await center.removeDuty(key);
    await load();
    choose(null);
  };
  return (
    <main id="content" class="people-view">
      <PeopleHead current={register} />
      {problem !== null && (
        <p class="notice is-bad" role="alert">
          {sentence(problem)} <button type="button" class="link-button" onClick={() => void load()}>{t("retry")}</button>
        </p>
      )}
      {people === null ? (
        problem === null && <div class="skeleton" aria-busy="true" />
      ) : (
        <Register
          key={register}
          title={t(`people_${register}`)}
          lead={t(`people_${register}_lead`)}
          entries={entriesOf(register, people)}
          fields={fieldsOf(register, people)}
          chosen={chosen}
          onChoose={choose}
          onSave={save}
          onRemove={register === "duty" ? remove : null}
          addLabel={may(REGISTER_RIGHTS[register].change) ? t(`people_add_${register}`) : null}
        />
      )}
    </main>
  );
}
