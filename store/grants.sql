-- What each program may do, by database role (docs/installation.md, "Database roles"). Applied at every
-- `streetwarden db migrate`, role by role, after all that the role had was revoked, so that this file is the whole truth.
--
-- A section begins with `-- role: NAME` and is skipped where that role does not exist. Placeholders: `:schema`, ours;
-- `:tables`, all tables and views of ours; `:sequences`, all sequences of ours. The tables' owner, who migrates, needs
-- no grants. Chunks of hypertables, those to come as well, take over what is granted on their hypertable.
--
-- Whoever adds a table adds its line here, and to the matrix in tests/store/test_roles.py.

-- role: streetwarden_ingest
-- Writes what comes in. It never deletes what was stored: only its own notes, and what the quarantine's bound pushes out.
GRANT SELECT ON schema_version, grid_cell, component, street, camera, maintenance, backup TO streetwarden_ingest;
GRANT SELECT, INSERT ON position, telemetry, rule_event, presence, incident, evidence, case_event, case_incident
    TO streetwarden_ingest;
GRANT INSERT ON notice_outbox TO streetwarden_ingest;
GRANT SELECT, INSERT ON workflow_version TO streetwarden_ingest;
-- A new case gets a proposed department of the tree.
GRANT SELECT ON department, department_former_name TO streetwarden_ingest;
GRANT SELECT, INSERT, UPDATE ON broker_run TO streetwarden_ingest;
GRANT SELECT, INSERT, UPDATE ON entity, latest_position, latest_telemetry, device_status, camera_still, position_hour_due,
    case_file, case_number_counter, ingest_session TO streetwarden_ingest;
GRANT SELECT, INSERT, UPDATE, DELETE ON quarantine, rule_state, open_condition TO streetwarden_ingest;

-- Each event of a case is announced to the change feed.
GRANT INSERT ON case_change_pending TO streetwarden_ingest;

-- role: streetwarden_center
-- Reads what came in, works on cases, lets people sign on, and administers people. It removes no account, person or
-- department, and only adds to the audit log.
GRANT SELECT ON schema_version, entity, position, latest_position, telemetry, latest_telemetry, device_status, camera_still,
    rule_event, presence, hourly_positions, grid_cell, component, camera, street, area, city_layer, evidence,
    case_summary, case_evidence, maintenance, backup TO streetwarden_center;
GRANT SELECT, INSERT ON case_event, workflow_version TO streetwarden_center;
GRANT SELECT, INSERT, UPDATE, DELETE ON case_request TO streetwarden_center;
GRANT SELECT, INSERT, DELETE ON report_caller TO streetwarden_center;
GRANT SELECT, INSERT ON shift_handover TO streetwarden_center;
GRANT UPDATE (acknowledged_at, acknowledged_by) ON shift_handover TO streetwarden_center;
-- People read and acknowledge notices; the worker writes them.
GRANT INSERT ON notice_outbox TO streetwarden_center;
GRANT SELECT ON notice, notice_recipient TO streetwarden_center;
GRANT SELECT, INSERT ON document, document_void TO streetwarden_center;
GRANT SELECT, INSERT, UPDATE ON document_counter TO streetwarden_center;
GRANT SELECT, INSERT ON notice_acknowledgement TO streetwarden_center;
GRANT SELECT, INSERT, UPDATE ON notice_preference TO streetwarden_center;
-- People send files with what they do.
GRANT INSERT ON evidence TO streetwarden_center;
-- Citizens and other systems report; acceptors release what the public may see of it.
GRANT SELECT, INSERT, UPDATE ON api_key, service_request TO streetwarden_center;
GRANT SELECT, INSERT, DELETE ON released_file TO streetwarden_center;
-- People open cases from what rules found.
GRANT SELECT, INSERT, UPDATE ON case_file, case_number_counter TO streetwarden_center;
GRANT SELECT, INSERT ON incident, rule_event_case TO streetwarden_center;
GRANT SELECT, INSERT, UPDATE ON case_incident TO streetwarden_center;
GRANT SELECT ON account TO streetwarden_center;
GRANT SELECT, INSERT ON audit_log TO streetwarden_center;
GRANT SELECT, UPDATE ON rights_version TO streetwarden_center;
GRANT SELECT, INSERT, UPDATE ON operator, person, post, department TO streetwarden_center;
GRANT SELECT, INSERT ON department_former_name TO streetwarden_center;
GRANT SELECT ON department_word TO streetwarden_center;
GRANT SELECT, INSERT, DELETE ON rights_entry TO streetwarden_center;
GRANT SELECT, INSERT, UPDATE, DELETE ON duty TO streetwarden_center;
GRANT SELECT, INSERT, UPDATE, DELETE ON session TO streetwarden_center;

GRANT SELECT, INSERT ON case_change TO streetwarden_center;
GRANT SELECT, INSERT, DELETE ON case_change_pending TO streetwarden_center;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook TO streetwarden_center;
GRANT SELECT, UPDATE ON webhook_dead_letter TO streetwarden_center;
GRANT SELECT, INSERT ON platform_case, platform_message TO streetwarden_center;
-- Administrators import lists of components.
GRANT INSERT, UPDATE ON component, city_layer TO streetwarden_center;

-- role: streetwarden_worker
-- Does what is due by time. The tables of jobs are its own to write, not to change.
GRANT SELECT, INSERT ON case_event TO streetwarden_worker;
GRANT SELECT ON camera_still, workflow_version TO streetwarden_worker;
GRANT SELECT, INSERT, UPDATE ON case_file TO streetwarden_worker;
GRANT SELECT ON schema_version, account, person, department, department_former_name, duty TO streetwarden_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON pgqueuer, pgqueuer_log, pgqueuer_statistics, pgqueuer_schedules TO streetwarden_worker;
GRANT SELECT ON camera, camera_still, entity, device_status, component, grid_cell, street TO streetwarden_worker;
GRANT SELECT, INSERT ON incident, evidence, case_incident, workflow_version TO streetwarden_worker;
GRANT SELECT, INSERT, UPDATE ON case_number_counter TO streetwarden_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON camera_fault TO streetwarden_worker;
GRANT SELECT ON rights_entry, rights_version TO streetwarden_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON notice_outbox TO streetwarden_worker;
GRANT SELECT, INSERT, DELETE ON notice TO streetwarden_worker;
GRANT SELECT, INSERT ON notice_recipient TO streetwarden_worker;
GRANT SELECT ON notice_preference TO streetwarden_worker;
GRANT SELECT, INSERT, UPDATE ON notice_delivery TO streetwarden_worker;
GRANT SELECT, INSERT ON case_change TO streetwarden_worker;
GRANT SELECT, INSERT, DELETE ON case_change_pending TO streetwarden_worker;
GRANT SELECT, UPDATE ON webhook TO streetwarden_worker;
GRANT SELECT ON platform_case TO streetwarden_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_dead_letter TO streetwarden_worker;
GRANT USAGE ON pgqueuer_id_seq, pgqueuer_statistics_id_seq, pgqueuer_schedules_id_seq TO streetwarden_worker;

-- role: streetwarden_maintenance
-- Rolls positions up by the hour, puts chunks in order (MAINTAIN), and drops chunks by a function that drops nothing young.
-- It looks at the latest times to see that our clock is not ahead of all devices.
GRANT SELECT ON schema_version, latest_position, latest_telemetry, evidence TO streetwarden_maintenance;
GRANT SELECT, MAINTAIN ON position TO streetwarden_maintenance;
GRANT SELECT, INSERT, DELETE ON position_hour TO streetwarden_maintenance;
GRANT SELECT, DELETE ON position_hour_due TO streetwarden_maintenance;
GRANT SELECT, UPDATE ON maintenance TO streetwarden_maintenance;
GRANT EXECUTE ON FUNCTION drop_old_chunks(text, timestamptz), drop_orphan_evidence(timestamptz),
    drop_old_quarantine(timestamptz) TO streetwarden_maintenance;

-- role: streetwarden_monitor
-- `streetwarden status` and `doctor`: everything but passwords, sessions, the audit log and refused payloads.
GRANT SELECT ON :tables TO streetwarden_monitor;
REVOKE SELECT ON notice_preference, notice_delivery, operator, session, quarantine, audit_log, report_caller, api_key, service_request, webhook FROM streetwarden_monitor;

-- role: streetwarden_backup
-- `streetwarden backup`: reads everything, and writes down that it did.
GRANT SELECT ON :tables TO streetwarden_backup;
GRANT SELECT ON :sequences TO streetwarden_backup;
GRANT INSERT, UPDATE, DELETE ON backup TO streetwarden_backup;
