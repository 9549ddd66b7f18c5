-- The worker watches cases that were ended while their problem is still seen.
CREATE INDEX case_ended_seen ON case_file (closed_at)
    WHERE closed_at IS NOT NULL AND restored_at IS NULL AND seen_at IS NOT NULL;
