-- Reports of citizens, as GeoReport v2 and the public page know them, and the keys of the systems that send them.

CREATE TABLE api_key (
    name        text PRIMARY KEY,
    key_hash    bytea NOT NULL UNIQUE,          -- SHA-256; only its holder knows the key
    contact     text NOT NULL,                  -- whom to write to about it
    per_minute  integer NOT NULL CHECK (per_minute > 0),
    per_day     integer NOT NULL CHECK (per_day > 0),
    issued_at   timestamptz NOT NULL DEFAULT now(),
    issued_by   text NOT NULL,
    revoked_at  timestamptz
);

CREATE TABLE service_request (
    service_request_id text PRIMARY KEY,        -- random, so that nobody counts or guesses them
    incident_id  uuid NOT NULL UNIQUE,          -- its case is that of the incident, through merges and splits
    channel      text NOT NULL,                 -- 'open311/{name of the key}', or 'public/page'
    request_key  text,                          -- of the request, by its sender; a repeat with it is answered as before
    request      bytea NOT NULL,                -- SHA-256 of what was sent
    token_hash   bytea UNIQUE,                  -- SHA-256 of the token with which its sender reads all of it
    service_code text NOT NULL,
    service_name text NOT NULL,
    service_name_en text NOT NULL,
    description  text,                          -- as sent, likewise the address: public once released
    address      text,
    lon          double precision NOT NULL,
    lat          double precision NOT NULL,
    files        text[] NOT NULL,               -- digests of what was sent with it
    received_at  timestamptz NOT NULL,
    words_released_at timestamptz,
    words_released_by text,
    UNIQUE (channel, request_key)
);
CREATE INDEX service_request_received ON service_request (received_at DESC, service_request_id DESC);
CREATE INDEX service_request_of_channel ON service_request (channel, received_at DESC);

-- Pictures of cases that the public may see, as an acceptor released them. The name in addresses tells no digest.
CREATE TABLE released_file (
    digest      text PRIMARY KEY,
    public_name text NOT NULL UNIQUE,
    released_at timestamptz NOT NULL,
    released_by text NOT NULL
);

ALTER TABLE report_caller ADD COLUMN email text;

-- Who calls back may release, in the city's own table of rights.
INSERT INTO rights_entry (role, action, stage, holder, whose, district)
SELECT role, 'case.publish', '*', '*', whose, district FROM rights_entry WHERE action = 'case.call_back'
ON CONFLICT DO NOTHING;
UPDATE rights_version SET version = version + 1 WHERE EXISTS (SELECT FROM rights_entry);
