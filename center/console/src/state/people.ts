/** People: what the registers show, and which fields an entry of each has. */

import type { Account, Duty, PeopleDepartment, Person, Post } from "../api/types";
import { dateTime } from "../format";
import { named, t, word } from "../i18n";
import type { Entry, FieldOf } from "../parts/register";
import { ROLES } from "./rights-table";
import type { RegisterName } from "./registers";
import type { Option } from "./steps";

/** `accounts`: none for whoever may not administer them. */
export interface People {
  accounts: Account[];
  persons: Person[];
  departments: PeopleDepartment[];
  posts: Post[];
  duty: Duty[];
}

const roleOptions = (): Option[] => ROLES.map((role) => ({ value: role, name: word("person_role", role), nameEn: word("person_role", role) }));
const departmentOptions = ({ departments }: People): Option[] => departments.filter(({ closed_at }) => closed_at === null).map(({ code, name, name_en }) => ({ value: code, name: `${name} (${code})`, nameEn: `${name_en} (${code})` }));
const personOptions = ({ persons }: People): Option[] => persons.filter(({ left_at }) => left_at === null).map(({ person, name }) => ({ value: person, name: `${name} (${person})`, nameEn: `${name} (${person})` }));

export function fieldsOf(register: RegisterName, people: People): FieldOf[] {
  switch (register) {
    case "accounts":
      return [
        { name: "login", label: "people_login", kind: "text", isNeeded: true, isKey: true },
        { name: "display_name", label: "people_display_name", kind: "text", isNeeded: true },
        { name: "person", label: "people_person", kind: "select", options: personOptions(people) },
        { name: "roles", label: "people_roles", kind: "many", options: roleOptions() },
        { name: "districts", label: "people_districts", kind: "list", hint: "people_districts_hint" },
        { name: "password", label: "people_password", kind: "password", isNeeded: true, hint: "people_password_hint" },
        { name: "disabled", label: "people_disabled", kind: "flag" },
      ];
    case "persons":
      return [
        { name: "person", label: "people_key", kind: "text", isNeeded: true, isKey: true },
        { name: "name", label: "people_name", kind: "text", isNeeded: true },
        { name: "department", label: "people_department", kind: "select", options: departmentOptions(people) },
        { name: "post", label: "people_post", kind: "select", options: people.posts.map(({ code, name, name_en }) => ({ value: code, name, nameEn: name_en })) },
        { name: "telephone", label: "people_telephone", kind: "text" },
        { name: "device", label: "people_device", kind: "text", hint: "people_device_hint" },
        { name: "left", label: "people_left", kind: "flag" },
      ];
    case "departments":
      return [
        { name: "code", label: "people_code", kind: "text", isNeeded: true, isKey: true },
        { name: "name", label: "people_name_zh", kind: "text", isNeeded: true },
        { name: "name_en", label: "people_name_en", kind: "text", isNeeded: true },
        { name: "parent", label: "people_parent", kind: "select", options: departmentOptions(people) },
        { name: "closed", label: "people_closed", kind: "flag" },
      ];
    case "posts":
      return [
        { name: "code", label: "people_code", kind: "text", isNeeded: true, isKey: true },
        { name: "name", label: "people_name_zh", kind: "text", isNeeded: true },
        { name: "name_en", label: "people_name_en", kind: "text", isNeeded: true },
        { name: "department", label: "people_department", kind: "select", options: departmentOptions(people) },
        { name: "roles", label: "people_roles", kind: "many", options: roleOptions() },
      ];
    case "duty":
      return [
        { name: "person", label: "people_person", kind: "select", options: personOptions(people), isNeeded: true },
        { name: "starts_at", label: "people_starts", kind: "moment", isNeeded: true },
        { name: "ends_at", label: "people_ends", kind: "moment", isNeeded: true },
        { name: "grid_cells", label: "people_cells", kind: "list", hint: "people_cells_hint" },
        { name: "note", label: "do_note_optional", kind: "text" },
      ];
  }
}

export function entriesOf(register: RegisterName, people: People): Entry[] {
  const department = (code: string | null): string => {
    const found = people.departments.find((one) => one.code === code);
    return found === undefined ? (code ?? "") : named(found.name, found.name_en);
  };
  const person = (key: string | null): string => people.persons.find((one) => one.person === key)?.name ?? key ?? "";
  const roles = (of: readonly string[]): string[] => of.map((role) => word("person_role", role));
  switch (register) {
    case "accounts":
      return people.accounts.map((one) => ({
        key: one.login, title: one.login, isOff: !one.enabled,
        lines: [[one.display_name, department(one.department)].filter(Boolean).join(" · "), one.districts.join(" ")],
        badges: [...(one.disabled_at !== null ? [t("people_disabled")] : one.enabled ? [] : [t("people_left")]), ...(one.all_roles.length === ROLES.length ? [t("people_all_roles")] : roles(one.all_roles))],
        values: { login: one.login, display_name: one.display_name, person: one.person, roles: one.roles, districts: one.districts, password: null, disabled: one.disabled_at !== null },
      }));
    case "persons":
      return people.persons.map((one) => ({
        key: one.person, title: one.name, isOff: one.left_at !== null, lines: [one.person, department(one.department), one.telephone ?? ""],
        badges: one.left_at !== null ? [t("people_left")] : one.accounts, values: { ...one, left: one.left_at !== null },
      }));
    case "departments":
      return inTree(people.departments).map(({ of, depth }) => ({
        key: of.code, title: "· ".repeat(depth) + named(of.name, of.name_en), isOff: of.closed_at !== null, lines: [of.code, department(of.parent)],
        badges: of.closed_at !== null ? [t("people_closed")] : [], values: { ...of, closed: of.closed_at !== null },
      }));
    case "posts":
      return people.posts.map((one) => ({
        key: one.code, title: named(one.name, one.name_en), isOff: false, lines: [one.code, department(one.department)], badges: roles(one.roles), values: { ...one },
      }));
    case "duty":
      return people.duty.map((one) => ({
        key: String(one.duty_id), title: person(one.person), isOff: false,
        lines: [`${dateTime(one.starts_at)} – ${dateTime(one.ends_at)}`, one.grid_cells.join(" "), one.note ?? ""],
        badges: [], values: { person: one.person, starts_at: one.starts_at, ends_at: one.ends_at, grid_cells: one.grid_cells, note: one.note },
      }));
  }
}

/** Departments in the order of their tree; one whose parent is unknown stands at the top. */
export function inTree<Of extends { code: string; parent: string | null }>(departments: readonly Of[]): { of: Of; depth: number }[] {
  const codes = new Set(departments.map(({ code }) => code));
  const below = (parent: string | null, depth: number): { of: Of; depth: number }[] =>
    departments
      .filter((one) => (one.parent !== null && codes.has(one.parent) ? one.parent : null) === parent)
      .flatMap((of) => [{ of, depth }, ...(depth < departments.length ? below(of.code, depth + 1) : [])]);
  return below(null, 0);
}
