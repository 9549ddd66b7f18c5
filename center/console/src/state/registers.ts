/** The registers of people, by the names that stand in addresses, and the requests that change them. */

export const REGISTERS = ["accounts", "persons", "departments", "posts", "duty"] as const;
export type RegisterName = (typeof REGISTERS)[number];

export const isRegister = (name: string): name is RegisterName => (REGISTERS as readonly string[]).includes(name);

/** What stands in a form, by field. */
export type Value = string | string[] | boolean | null;
export type Values = Record<string, Value>;

export interface PeopleRequest {
  method: "POST" | "PUT" | "PATCH";
  /** Below `/people/`. */
  path: string;
  body: Values;
}

/** The field that names an entry; it stands in the path, not in the body. */
const KEYS = { persons: "person", departments: "code", posts: "code" } as const;

/**
 * The requests that save an entry, to be sent one after the other.
 *
 * @param key of the entry that is changed; null to add one.
 */
export function requestsOf(register: RegisterName, key: string | null, values: Values): PeopleRequest[] {
  const place = (name: Value): string => `${register}/${encodeURIComponent(String(name))}`;
  if (register === "duty") return [key === null ? { method: "POST", path: register, body: values } : { method: "PUT", path: place(key), body: values }];
  if (register !== "accounts") {
    const { [KEYS[register]]: name = "", ...body } = values;
    return [{ method: "PUT", path: place(key ?? name), body }];
  }
  const { login = "", password = null, disabled = false, ...body } = values;
  if (key === null) return [{ method: "POST", path: register, body: { login, password, ...body } }];
  const change: PeopleRequest = { method: "PATCH", path: place(key), body: { ...body, disabled } };
  return password === null ? [change] : [change, { method: "PUT", path: `${place(key)}/password`, body: { password } }];
}
