/** Requests to the center. A refusal arrives as a `Refused`; no answer at all as an `Unreachable`. */

import type { CameraListAnswer, Layer } from "./answers";
import type { StepRequest } from "../state/acting";
import type { People } from "../state/people";
import { type RegisterName, requestsOf, type Values } from "../state/registers";
import type { Account, AuditPage, CallerContact, CaseDetail, CaseDocuments, CasePage, CaseQuery, CaseQueue, Code, DocumentRequest, Duty, EntityDetail, EntityKind, Handover, HandoverPage, IncidentType, Journeys, LayerName, NoticePage, Person, Phone, PhoneFix, Problem, Publication, RightsEntry, RightsTable, RuleEvent, RuleEventPage, SearchAnswer, SearchKind, SessionInfo, Shift, SpeedProfile, VisitList, WorkflowDescription } from "./types";
import type { LatLon } from "../geometry";
import { type AuditChoice, auditQuery } from "../state/audit";
import { type CaseChoice, centerQuery } from "../state/case-choice";
import type { RuleEventChoice } from "../state/rule-events";

const API = "/api/v1";
const PATIENCE_MS = 20_000;
const DAY_MS = 86_400_000;
/** Pictures go slowly from a phone. */
const UPLOAD_PATIENCE_MS = 180_000;

/** The center refused; `problem` says why, `retryAfterS` when to try again, `requestId` how its log names the request. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    readonly retryAfterS: number | null,
    readonly requestId: string | null = null,
  ) {
    super(problem.detail);
  }
}

/** No usable answer: the network or the center is away, it took more than 20 s, or the answer was no JSON. */
export class Unreachable extends Error {}

/** One entity in a period; `end` does not belong to it. */
export interface PastQuery {
  kind: EntityKind;
  id: string;
  begin: Date;
  end: Date;
}

/** A circle on the ground in a period. */
export interface NearQuery {
  lat: number;
  lon: number;
  radiusM: number;
  begin: Date;
  end: Date;
}

export type FileFormat = "geojson" | "gpx" | "csv";

export interface RuleEventQuery extends RuleEventChoice {
  begin: Date;
  end: Date;
  cursor: string | null;
  limit: number;
}

/** Why a session has ended. idle: not used for too long. ended: expired, signed off elsewhere, or the password was changed. */
export type SessionEnd = "idle" | "ended";

/** What a refusal says of the session, if it says that there is none; null otherwise. */
export function sessionEnd(error: unknown): SessionEnd | null {
  if (!(error instanceof Refused) || error.status !== 401) return null;
  return error.problem.code === "session_idle" ? "idle" : "ended";
}

/** The center, as one browser knows it. `onSignedOut` is called when a session turns out to have ended. */
export class Center {
  csrfToken = "";
  onSignedOut: (why: SessionEnd) => void = () => {};
  /** How far the center's clock is ahead of this one, by its newest answer. */
  aheadMs = 0;
  /** Called with each answer, and with `false` if none came. */
  onAnswer: (came: boolean) => void = () => {};
  /** Whether a person uses the page now; if not, requests are marked as background (`X-Background`). */
  isThere: () => boolean = () => true;

  async signOn(login: string, password: string): Promise<SessionInfo> {
    return this.keep(await this.ask<SessionInfo>("/session", { method: "POST", body: { login, password }, entry: true }));
  }

  async session(): Promise<SessionInfo> {
    return this.keep(await this.ask<SessionInfo>("/session", { entry: true }));
  }

  changePassword(password: string, wanted: string): Promise<void> {
    return this.ask("/session/password", { method: "PUT", body: { password, new_password: wanted } });
  }

  async signOff(): Promise<void> {
    await this.ask<void>("/session", { method: "DELETE", entry: true });
  }

  cases(choice: CaseChoice, { cursor, limit }: { cursor: string | null; limit: number }): Promise<CasePage> {
    const query = centerQuery(choice);
    if (cursor !== null) query.set("cursor", cursor);
    query.set("limit", String(limit));
    return this.ask(`/cases?${query}`);
  }

  /** Cases by a query of `/cases`, as a queue names it. */
  casesBy(query: CaseQuery): Promise<CasePage> {
    const words = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
    return this.ask(`/cases?${new URLSearchParams(words)}`);
  }

  /** What waits for whoever is signed on. */
  async queues(): Promise<CaseQueue[]> {
    return (await this.ask<{ queues: CaseQueue[] }>("/cases/queues")).queues;
  }

  case(number: string): Promise<CaseDetail> {
    return this.ask(`/cases/${encodeURIComponent(number)}`);
  }

  /** Search everything; without `kinds`, of every kind. */
  search(words: string, kinds: readonly SearchKind[], limit: number): Promise<SearchAnswer> {
    const query = new URLSearchParams({ words, limit: String(limit) });
    for (const kind of kinds) query.append("kind", kind);
    return this.ask(`/search?${query}`);
  }

  /** The contacts of a case's callers; the reading is logged. */
  async callers(number: string): Promise<CallerContact[]> {
    return (await this.ask<{ callers: CallerContact[] }>(`/hotline/cases/${encodeURIComponent(number)}/callers`)).callers;
  }

  /** Ended cases whose callers wait to be called back. */
  toCallBack(): Promise<CasePage> {
    return this.ask("/cases?to_call_back=true&sort=-changed&limit=100");
  }

  shift(): Promise<Shift> {
    return this.ask("/hotline/shift");
  }

  handovers(): Promise<HandoverPage> {
    return this.ask("/hotline/handovers?limit=20");
  }

  handOver(note: string): Promise<Handover> {
    return this.ask("/hotline/handovers", { method: "POST", body: { note } });
  }

  acknowledgeHandover(id: number): Promise<Handover> {
    return this.ask(`/hotline/handovers/${id}/acknowledgement`, { method: "POST", body: {} });
  }

  /** `key` names the request: sent twice, it counts once. */
  act(number: string, wanted: StepRequest, pictures: readonly File[], key: string): Promise<CaseDetail> {
    return this.ask(`/cases/${encodeURIComponent(number)}/actions`, { method: "POST", body: withFiles("action", wanted, "files", pictures), headers: { "Idempotency-Key": key } });
  }

  /** Open cases around a place, what is due first. */
  casesNear({ lat, lon }: LatLon, withinM: number): Promise<CasePage> {
    return this.ask(`/cases?open=true&sort=deadline&limit=10&near=${lat.toFixed(6)},${lon.toFixed(6)}&within_m=${withinM}`);
  }

  async codes(): Promise<Code[]> {
    return (await this.ask<{ codes: Code[] }>("/codes")).codes;
  }

  /** Report a problem: a new case, or the open one of the same problem. `key` names the request: sent twice, it counts once. */
  report(report: Record<string, unknown>, pictures: readonly File[], key: string): Promise<CaseDetail> {
    return this.ask("/cases", { method: "POST", body: withFiles("report", report, "finding", pictures), headers: { "Idempotency-Key": key } });
  }

  /** As `act`, with files that each say what they show: the name of their part. */
  actWith(number: string, wanted: StepRequest, files: readonly Part[], key: string): Promise<CaseDetail> {
    return this.ask(`/cases/${encodeURIComponent(number)}/actions`, { method: "POST", body: withParts("action", wanted, files), headers: { "Idempotency-Key": key } });
  }

  /** As `report`, with files that each say what they show. */
  reportWith(report: Record<string, unknown>, files: readonly Part[], key: string): Promise<CaseDetail> {
    return this.ask("/cases", { method: "POST", body: withParts("report", report, files), headers: { "Idempotency-Key": key } });
  }

  /** Whose phone this is on the map, and whether and how often it should say where it is. */
  phone(): Promise<Phone> {
    return this.ask("/me/phone");
  }

  positions(fixes: readonly PhoneFix[]): Promise<void> {
    return this.ask("/me/positions", { method: "POST", body: { fixes } });
  }

  rights(): Promise<RightsTable> {
    return this.ask("/people/rights");
  }

  /** Replace the table of rights as a whole; null for the shipped one. Refused if another version holds by now. */
  saveRights(version: number, entries: readonly RightsEntry[] | null): Promise<RightsTable> {
    return this.ask("/people/rights", { method: "PUT", body: { expected_version: version, entries } });
  }

  /** The audit log, newest first. */
  audit(choice: AuditChoice, { cursor, limit }: { cursor: string | null; limit: number }): Promise<AuditPage> {
    const query = auditQuery(choice);
    query.set("limit", String(limit));
    if (cursor !== null) query.set("cursor", cursor);
    return this.ask(`/people/audit?${query}`);
  }

  async accounts(): Promise<Account[]> {
    return (await this.ask<{ accounts: Account[] }>("/people/accounts")).accounts;
  }

  /** All registers of people; accounts only for whoever administers them, duty of the last day and the next 30. */
  async people(withAccounts: boolean): Promise<People> {
    const [accounts, persons, departments, posts, duty] = await Promise.all([
      withAccounts ? this.ask<Pick<People, "accounts">>("/people/accounts") : { accounts: [] },
      this.ask<Pick<People, "persons">>("/people/persons"),
      this.ask<Pick<People, "departments">>("/people/departments"),
      this.ask<Pick<People, "posts">>("/people/posts"),
      this.duty(Date.now() - DAY_MS, Date.now() + 30 * DAY_MS),
    ]);
    return { ...accounts, ...persons, ...departments, ...posts, duty };
  }

  async persons(): Promise<Person[]> {
    return (await this.ask<{ persons: Person[] }>("/people/persons")).persons;
  }

  async duty(beginMs: number, endMs: number): Promise<Duty[]> {
    const asked = period({ begin: new Date(beginMs), end: new Date(endMs) });
    return (await this.ask<{ duties: Duty[] }>(`/people/duty?${asked}`)).duties;
  }

  /** Add an entry of a register, or change the one that `key` names. */
  async savePeople(register: RegisterName, key: string | null, values: Values): Promise<void> {
    for (const { method, path, body } of requestsOf(register, key, values)) await this.ask(`/people/${path}`, { method, body });
  }

  async removeDuty(number: string): Promise<void> {
    await this.ask(`/people/duty/${encodeURIComponent(number)}`, { method: "DELETE" });
  }

  /** What the public may see of a case, besides its status. */
  publication(number: string): Promise<Publication> {
    return this.ask(`/cases/${encodeURIComponent(number)}/publication`);
  }

  /** Release these pictures and words, and withdraw all others. */
  publish(number: string, body: { files: readonly string[]; words_of: readonly string[] }): Promise<Publication> {
    return this.ask(`/cases/${encodeURIComponent(number)}/publication`, { method: "PUT", body });
  }

  /** The newest version unless one is named. */
  workflow(name: string, version: number | null = null): Promise<WorkflowDescription> {
    return this.ask(`/workflows/${encodeURIComponent(name)}${version === null ? "" : `?version=${version}`}`);
  }

  /** What is known of something, on the map or not. */
  entity(kind: EntityKind, id: string): Promise<EntityDetail> {
    return this.ask(`/entities/${kind}/${encodeURIComponent(id)}`);
  }

  /** Open a case from what a rule found, or get the one that it has. */
  openCase({ kind, id, rule, area, phase, time }: RuleEvent, type: string, note: string | null): Promise<CaseDetail> {
    return this.ask("/cases", { method: "POST", body: { rule_event: { kind, id, rule, area, phase, time }, type, note } });
  }

  async incidentTypes(): Promise<IncidentType[]> {
    return (await this.ask<{ types: IncidentType[] }>("/incident-types")).types;
  }

  /** What rules found of everybody, newest first. */
  allRuleEvents(query: RuleEventQuery): Promise<RuleEventPage> {
    const parameters = new URLSearchParams({ limit: String(query.limit) });
    for (const name of ["kind", "watches", "phase", "cursor"] as const) {
      const value = query[name];
      if (value != null) parameters.set(name, value);
    }
    return this.ask(`/history/events?${period(query)}&${parameters}`);
  }

  documents(number: string): Promise<CaseDocuments> {
    return this.ask(documentsPath(number));
  }

  /** The PDF as it would be issued. */
  previewDocument(number: string, wanted: DocumentRequest): Promise<Blob> {
    return this.ask(`${documentsPath(number)}/preview`, { method: "POST", body: wanted, file: true });
  }

  /** `key` names the request: sent twice, it counts once. */
  issueDocument(number: string, wanted: DocumentRequest, key: string): Promise<CaseDocuments> {
    return this.ask(documentsPath(number), { method: "POST", body: wanted, headers: { "Idempotency-Key": key } });
  }

  voidDocument(number: string, id: number, reason: string): Promise<CaseDocuments> {
    return this.ask(`${documentsPath(number)}/${id}/void`, { method: "POST", body: { reason } });
  }

  /** Notices, newest first. */
  notices({ waiting, limit }: { waiting: boolean; limit: number }): Promise<NoticePage> {
    return this.ask(`/me/notices?waiting=${waiting}&limit=${limit}`);
  }

  async acknowledge(ids: readonly number[]): Promise<void> {
    await this.ask("/me/notices/acknowledge", { method: "POST", body: { ids } });
  }

  cameras(): Promise<CameraListAnswer> {
    return this.ask("/cameras");
  }

  layer(name: LayerName): Promise<Layer> {
    return this.ask(`/layers/${name}`);
  }

  /** The path, simplified: it stays within `toleranceM` metres of every fix. */
  path(of: PastQuery, toleranceM: number): Promise<Layer> {
    return this.ask(exportPath(of, "geojson", toleranceM));
  }

  journeys(of: PastQuery): Promise<Journeys> {
    return this.ask(`${entityPath(of)}/journeys?${period(of)}`);
  }

  speed(of: PastQuery, buckets: number): Promise<SpeedProfile> {
    return this.ask(`${entityPath(of)}/speed?${period(of)}&buckets=${buckets}`);
  }

  /** What rules found, newest first. */
  ruleEvents(of: PastQuery, limit: number): Promise<RuleEventPage> {
    return this.ask(`/history/events?${period(of)}&${entity(of)}&limit=${limit}`);
  }

  /** Who was there, earliest first. */
  visits(near: NearQuery): Promise<VisitList> {
    return this.ask(`/history/visits?lat=${near.lat}&lon=${near.lon}&radius_m=${near.radiusM}&${period(near)}`);
  }

  private keep(session: SessionInfo): SessionInfo {
    this.csrfToken = session.csrf_token;
    return session;
  }

  private async ask<Answer>(
    path: string,
    { method = "GET", body, headers: more = {}, entry = false, file = false }: { method?: string; body?: unknown; headers?: Record<string, string>; entry?: boolean; file?: boolean } = {},
  ): Promise<Answer> {
    const headers: Record<string, string> = { ...more };
    // The browser itself says how the parts of a form are divided.
    if (body !== undefined && !(body instanceof FormData)) headers["Content-Type"] = "application/json";
    if (method !== "GET") headers["X-CSRF-Token"] = this.csrfToken;
    if (!this.isThere()) headers["X-Background"] = "true";
    let answer: Response;
    try {
      answer = await fetch(API + path, {
        method,
        headers,
        body: body === undefined ? null : body instanceof FormData ? body : JSON.stringify(body),
        signal: AbortSignal.timeout(body instanceof FormData ? UPLOAD_PATIENCE_MS : PATIENCE_MS),
      });
      const said = answer.headers.get("Date");
      if (said !== null) this.aheadMs = aheadMs(Date.parse(said), Date.now());
      this.onAnswer(true);
      if (answer.ok) return (answer.status === 204 ? undefined : file ? await answer.blob() : await answer.json()) as Answer;
    } catch (error) {
      this.onAnswer(false);
      throw new Unreachable(String(error));
    }
    const refused = new Refused(
      answer.status,
      await readProblem(answer),
      Number(answer.headers.get("Retry-After")) || null,
      answer.headers.get("X-Request-ID"),
    );
    const end = entry ? null : sessionEnd(refused);
    if (end !== null) this.onSignedOut(end);
    throw refused;
  }
}

async function readProblem(answer: Response): Promise<Problem> {
  try {
    const problem = (await answer.json()) as Partial<Problem>;
    if (typeof problem.detail === "string" && typeof problem.code === "string") return problem as Problem;
  } catch {
    // A proxy in between answers in its own words; the status is all that can be used of them.
  }
  return { type: "about:blank", title: answer.statusText, status: answer.status, detail: answer.statusText, code: "http" };
}

/** A file to be sent; `part` says what it shows. */
export interface Part {
  part: string;
  name: string;
  content: Blob;
}

const withFiles = (name: string, wanted: object, role: string, files: readonly File[]): object | FormData =>
  withParts(name, wanted, files.map((file) => ({ part: role, name: file.name, content: file })));

/** With files it is a form, of which the part `name` is the request. */
function withParts(name: string, wanted: object, files: readonly Part[]): object | FormData {
  if (files.length === 0) return wanted;
  const form = new FormData();
  form.append(name, new Blob([JSON.stringify(wanted)], { type: "application/json" }));
  for (const { part, name: of, content } of files) form.append(part, content, of);
  return form;
}

/** The header has whole seconds, and the answer has been under way; a clock that is off by less is right. */
const RIGHT_WITHIN_MS = 3_000;
const aheadMs = (saidMs: number, nowMs: number): number => (Math.abs(saidMs - nowMs) > RIGHT_WITHIN_MS ? saidMs - nowMs : 0);

const documentsPath = (number: string): string => `/cases/${encodeURIComponent(number)}/documents`;
const entityPath = ({ kind, id }: PastQuery): string => `/history/${kind}/${encodeURIComponent(id)}`;
const entity = ({ kind, id }: PastQuery): string => `entity=${encodeURIComponent(`${kind}/${id}`)}`;
const period = ({ begin, end }: { begin: Date; end: Date }): string => `begin=${begin.toISOString()}&end=${end.toISOString()}`;
const exportPath = (of: PastQuery, format: FileFormat, toleranceM: number): string =>
  `/history/export?${entity(of)}&${period(of)}&format=${format}&tolerance_m=${toleranceM}`;

/** The file of a document: the issued PDF, or an editable copy. */
export const documentUrl = (number: string, id: number, kind: "pdf" | "docx"): string => `${API}${documentsPath(number)}/${id}/file.${kind}`;

/** Where all fixes of a period are, as a file. */
export const fileUrl = (of: PastQuery, format: FileFormat): string => API + exportPath(of, format, 0);

/** `thumbnail` for lists: a tenth of the bytes. */
export type PictureSize = "full" | "thumbnail";

/** Where a camera's newest still is. The time makes it a new address whenever there is a newer one. */
export const stillUrl = (camera: string, time: string, size: PictureSize = "full"): string =>
  `${API}/cameras/${encodeURIComponent(camera)}/still?t=${encodeURIComponent(time)}${size === "full" ? "" : `&size=${size}`}`;

export const evidenceUrl = (digest: string, size: PictureSize = "full"): string =>
  `${API}/evidence/${digest}${size === "full" ? "" : `?size=${size}`}`;

export const center = new Center();
