-- When a session was last used: without use it ends before its time.
ALTER TABLE session ADD COLUMN used_at timestamptz NOT NULL DEFAULT now();
