-- Documents of cases: numbered for each form and year without gaps, kept as evidence, never changed.

-- The newest number of each form in each year; raised in the transaction that stores the document.
CREATE TABLE document_counter (
    form     text NOT NULL,
    year     integer NOT NULL,
    sequence integer NOT NULL,
    PRIMARY KEY (form, year)
);

CREATE TABLE document (
    document_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     uuid NOT NULL,
    form        text NOT NULL,          -- of forms.toml
    year        integer NOT NULL,
    sequence    integer NOT NULL,
    number      text NOT NULL,          -- as it is printed
    content     jsonb NOT NULL,         -- the texts as they are printed
    strokes     jsonb NOT NULL,         -- of the signatures on the pad, by place
    digest      text NOT NULL,          -- SHA-256 of the PDF, which is evidence of the case
    size_bytes  bigint NOT NULL,
    issued_by   text NOT NULL,          -- a login
    issued_at   timestamptz NOT NULL,
    replaces    bigint REFERENCES document, -- a void one
    UNIQUE (form, year, sequence)
);
CREATE INDEX document_case ON document (case_id, document_id);
CREATE UNIQUE INDEX document_replaces ON document (replaces) WHERE replaces IS NOT NULL;
CREATE TRIGGER document_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON document
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A void document keeps its number and its file.
CREATE TABLE document_void (
    document_id bigint PRIMARY KEY REFERENCES document,
    login       text NOT NULL,
    at          timestamptz NOT NULL,
    reason      text NOT NULL
);
CREATE TRIGGER document_void_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON document_void
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE evidence DROP CONSTRAINT evidence_role_check,
    ADD CONSTRAINT evidence_role_check CHECK (role IN ('before', 'finding', 'restored', 'after', 'document'));
