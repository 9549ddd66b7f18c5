/** The center's answers, by the names that this console uses; generated from docs/openapi.json. */

import type { components, operations } from "./schema";

type Schemas = components["schemas"];

export type Camera = Schemas["Camera"];
export type Case = Schemas["Case"];
export type CaseDetail = Schemas["CaseDetail"];
export type Publication = Schemas["Publication"];
export type CaseEvent = Schemas["CaseEvent"];
export type Account = Schemas["Account"];
export type AuditEntry = Schemas["AuditEntry"];
export type AuditPage = Schemas["AuditPage"];
export type Code = Schemas["Code"];
export type RightsEntry = Schemas["RightsEntry"];
export type RightsTable = Schemas["RightsTable"];
export type Duty = Schemas["Duty"];
export type Phone = Schemas["Phone"];
export type PhoneFix = Schemas["PhoneFix"];
export type PeopleDepartment = Schemas["PeopleDepartment"];
export type Person = Schemas["Person"];
export type Post = Schemas["Post"];
export type CaseQueue = Schemas["CaseQueue"];
export type CasePage = Schemas["CasePage"];
/** Filters and order of a list of cases. */
export type CaseQuery = NonNullable<operations["listCases"]["parameters"]["query"]>;
export type Delta = Schemas["Delta"];
export type DevicesLive = Schemas["DevicesLive"];
export type Entity = Schemas["Entity"];
export type EntityDetail = Schemas["EntityDetail"];
export type EntityKind = Schemas["EntityKind"];
export type EvidenceFile = Schemas["EvidenceFile"];
export type HistoryGap = Schemas["HistoryGap"];
export type HistoryLeg = Schemas["HistoryLeg"];
export type IncidentType = Schemas["IncidentType"];
export type Journeys = Schemas["Journeys"];
export type LayerName = Schemas["LayerName"];
export type PossibleAction = Schemas["PossibleAction"];
export type Problem = Schemas["Problem"];
export type RuleEvent = Schemas["RuleEvent"];
export type RuleEventPage = Schemas["RuleEventPage"];
export type SessionInfo = Schemas["SessionInfo"];
export type Snapshot = Schemas["Snapshot"];
export type SpeedBucket = Schemas["SpeedBucket"];
export type SpeedProfile = Schemas["SpeedProfile"];
export type SystemStatus = Schemas["SystemStatus"];
export type Visit = Schemas["Visit"];
export type VisitList = Schemas["VisitList"];
export type WorkflowDescription = Schemas["WorkflowDescription"];
export type CaseDocument = Schemas["CaseDocument"];
export type CaseDocuments = Schemas["CaseDocuments"];
export type DocumentForm = Schemas["DocumentForm"];
/** What is asked for; the strokes of the pad are never changed. */
export interface DocumentRequest {
  form: string;
  fields: Record<string, string>;
  signatures: Record<string, { name: string; strokes: readonly (readonly [number, number][])[] }>;
  replaces: number | null;
}
export type Notice = Schemas["Notice"];
export type NoticePage = Schemas["NoticePage"];
export type NoticesChanged = Schemas["NoticesChanged"];
export type SearchAnswer = Schemas["SearchAnswer"];
export type SearchGroup = Schemas["SearchGroup"];
export type SearchHit = Schemas["SearchHit"];
export type SearchKind = Schemas["SearchKind"];
export type ReportCaller = Schemas["ReportCaller"];
export type CallerContact = Schemas["CallerContact"];
export type Shift = Schemas["Shift"];
export type Handover = Schemas["Handover"];
export type HandoverPage = Schemas["HandoverPage"];
export type LiveMessage = Snapshot | Delta;
