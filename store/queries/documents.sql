-- name: next_sequence
-- The number that the next document of form $1 in year $2 gets, if nobody issues one before.
SELECT COALESCE((SELECT sequence FROM document_counter WHERE form = $1 AND year = $2), 0) + 1;

-- name: take_sequence
-- Takes the number $3; nothing if somebody else has taken it.
INSERT INTO document_counter AS known (form, year, sequence) SELECT $1, $2, 1 WHERE $3 = 1
ON CONFLICT (form, year) DO NOTHING RETURNING sequence;

-- name: raise_sequence
UPDATE document_counter SET sequence = $3 WHERE form = $1 AND year = $2 AND sequence = $3 - 1 RETURNING sequence;

-- name: add
INSERT INTO document (case_id, form, year, sequence, number, content, strokes, digest, size_bytes, issued_by, issued_at, replaces)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: of_case
SELECT document_id, form, number, content ->> 'title' AS title, content -> 'signatures' AS signatures, digest, size_bytes,
       issued_by, issued_at, replaces, document_void.login AS voided_by, document_void.at AS voided_at, reason AS void_reason
FROM document LEFT JOIN document_void USING (document_id) WHERE case_id = $1 ORDER BY document_id DESC;

-- name: one
-- A document of the case with number $2.
SELECT document_id, document.number, form, content, strokes, digest, document_void.at AS voided_at, case_id
FROM document JOIN case_file USING (case_id) LEFT JOIN document_void USING (document_id)
WHERE document_id = $1 AND case_file.number = $2;

-- name: void
INSERT INTO document_void (document_id, login, at, reason) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING true;
