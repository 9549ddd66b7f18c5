/** Requests of the public page: GeoReport v2 in JSON, without cookies. */

import type { FeatureCollection } from "geojson";
import { language } from "../state/preferences";

const BASE = "/public/v2";
const PATIENCE_MS = 20_000;
const UPLOAD_PATIENCE_MS = 180_000;

export interface Service {
  service_code: string;
  service_name: string;
  description: string;
  metadata: boolean;
  group: string;
}

export interface Attribute {
  code: string;
  variable: boolean;
  description: string;
  values: { key: string; name: string }[];
}

/** A report as the public may see it; `description` and `address` are null until they are released. */
export interface Followed {
  service_request_id: string;
  status: "open" | "closed";
  status_notes: string;
  service_name: string;
  description: string | null;
  agency_responsible: string | null;
  requested_datetime: string;
  updated_datetime: string;
  expected_datetime: string | null;
  address: string | null;
  lat: number;
  long: number;
  media_url: string | null;
  media_urls?: string[];
}

/** What the center says is wrong; `status` 0 if there was no answer. */
export class Refused extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

async function ask<Answer>(path: string, more: RequestInit = {}, patienceMs = PATIENCE_MS): Promise<Answer> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      ...more,
      credentials: "omit",
      headers: { "Accept-Language": language.peek(), ...more.headers },
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch {
    throw new Refused(0, "");
  }
  const said: unknown = await answer.json().catch(() => null);
  if (!answer.ok) {
    const errors = Array.isArray(said) ? (said as { description?: string }[]) : [];
    throw new Refused(answer.status, errors.map((each) => each.description ?? "").join(" "));
  }
  return said as Answer;
}

export const services = (): Promise<Service[]> => ask(`${BASE}/services.json`);

export const attributes = async (code: string): Promise<Attribute[]> =>
  (await ask<{ attributes: Attribute[] }>(`${BASE}/services/${encodeURIComponent(code)}.json`)).attributes;

export async function follow(number: string, token: string | null): Promise<Followed> {
  const headers = token === null ? {} : { "X-Follow-Token": token };
  const [found] = await ask<Followed[]>(`${BASE}/requests/${encodeURIComponent(number)}.json`, { headers });
  if (found === undefined) throw new Refused(404, "");
  return found;
}

/** Send a report; with the same key again it is still one report. Returns its number. */
export async function send(fields: Record<string, string>, pictures: readonly File[], key: string): Promise<string> {
  const body = new FormData();
  // Fields come before files: the center reads no file before it knows what it is for.
  for (const [name, value] of Object.entries(fields)) if (value !== "") body.append(name, value);
  for (const picture of pictures) body.append("media", picture);
  const [entry] = await ask<{ service_request_id: string }[]>(
    `${BASE}/requests.json`,
    { method: "POST", body, headers: { "Idempotency-Key": key } },
    UPLOAD_PATIENCE_MS,
  );
  if (entry === undefined) throw new Refused(0, "");
  return entry.service_request_id;
}

export const layer = (name: string): Promise<FeatureCollection> => ask(`/public/layers/${name}`);
