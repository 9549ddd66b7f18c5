/** Cases, entities and messages for tests, whole and valid. */

import type { Case, Delta, Entity, RuleEvent, Snapshot, SystemStatus } from "../src/api/types";

export const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 24, 8, 0, seconds)).toISOString();

export function aCase(number: string, change: Partial<Case> = {}): Case {
  return {
    number, type: "stall", title: "无照经营游商", title_en: "Unlicensed street vendor", category: "event",
    code_set: "A", code: "0501", code_name: "无照经营游商", code_name_en: "Unlicensed street vendor",
    stage: "opened", department: null, department_en: null, department_code: null, district: "350582", grid_cell: null, street: "荷塘路",
    street_en: "Hetang Road", component: null, camera: "cam-02", zone: "pavement-1", lat: 24.8, lon: 118.57,
    reported_at: at(0), opened_at: at(0), deadline_at: at(7200), restored_at: null, closed_at: null, changed_at: at(0),
    condition: null, problem_class: null, source: "camera", level: null, description: null, workflow: "small", workflow_version: 1, holder: "dispatchers",
    assignee: null, assignee_name: null, opener: null, dispatched_at: null, handled_at: null, handling_deadline_at: null, suspended_until: null,
    seen_at: null, ended_as: null, rework_count: 0, return_count: 0, deferral_count: 0, reopen_count: 0, urged_at: null, urge_answered_at: null,
    key_case: false, forced: false, closed_while_seen: false, merged_into: null, split_from: null,
    proposed_department: null, proposal_reason: null, proposal_reason_en: null, task: null, verified: null, checked: null,
    deferral_asked: null, suspension_asked: null, appeal: null, sequence: 1, picture: null, reports: 1, ...change,
  };
}

export function anEntity(key: string, change: Partial<Entity> = {}): Entity {
  const [kind, id] = key.split("/") as [Entity["kind"], string];
  return {
    key, kind, id, name: null, entity_type: null, district: "350582", time: at(0), received_at: at(0), lat: 24.8, lon: 118.57,
    speed_mps: 10, heading_deg: 90, accuracy_m: 3, ignition: true, ...change,
  };
}

export const aRuleEvent = (id: string, seconds: number, change: Partial<RuleEvent> = {}): RuleEvent => ({
  kind: "vehicle", id, district: "350582", name: null, time: at(seconds), decided_at: at(seconds), received_at: at(seconds), rule: "too_fast",
  watches: "speed", area: "", phase: "begun", lat: 24.8, lon: 118.57, value: 31.5, incident_id: null, case_number: null, ...change,
});

export const aStatus: SystemStatus = {
  at: at(0), devices: [], messages_per_s: 100, lag_p50_s: 0.1, lag_p99_s: 0.4, cases_open: 0,
  cases_overdue: 0, browsers: 1, waiting: null,
};

export const aSnapshot = (change: Partial<Snapshot> = {}): Snapshot => ({
  type: "snapshot", at: at(0), entities: [], cases: [], cases_left_out: 0, stills: [], rule_events: [], status: aStatus, ...change,
});

export const aDelta = (change: Partial<Delta> = {}): Delta => ({
  type: "delta", at: at(1), entities: [], gone: [], cases: [], cases_gone: [], stills: [], rule_events: [], status: null, ...change,
});
