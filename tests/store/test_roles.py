"""Each program's database role has the rights that it needs, and no others."""

from __future__ import annotations

from base64 import b64decode
from collections import defaultdict
from collections.abc import AsyncIterator

import asyncpg
import pytest

from store import roles
from store.errors import StoreError
from store.migrate import migrate
from tests.database_roles import as_role, let_in, login

pytestmark = pytest.mark.servers

# Select, Insert, Update, Delete, Maintain, eXecute, usaGe; every table, view, sequence and function of ours.
MATRIX = """
                          ingest  center  worker  maintenance  monitor  backup
account                   -       S       S       -            S        S
api_key                   -       SIU     -       -            -        S
area                      -       S       -       -            S        S
audit_log                 -       SI      -       -            -        S
announce_case_events      -       -       -       -            -        -
backup                    S       S       -       -            S        SIUD
broker_run                SIU     -       -       -            S        S
camera                    S       S       S       -            S        S
camera_fault              -       -       SIUD    -            S        S
camera_still              SIU     S       S       -            S        S
case_change               -       SI      SI      -            S        S
case_change_pending       I       SID     SID     -            S        S
case_event                SI      SI      SI      -            S        S
case_event_hash           -       -       -       -            -        -
case_evidence             -       S       -       -            S        S
case_file                 SIU     SIU     SIU     -            S        S
case_incident             SI      SIU     SI      -            S        S
case_number_counter       SIU     SIU     SIU     -            S        S
case_words                -       -       -       -            -        -
character_pairs           -       -       -       -            -        -
component_words           -       -       -       -            -        -
case_request              -       SIUD    -       -            S        S
case_summary              -       S       -       -            S        S
chain_case_event          -       -       -       -            -        -
city_layer                -       SIU     -       -            S        S
component                 S       SIU     S       -            S        S
department                S       SIU     S       -            S        S
department_former_name    S       SI      S       -            S        S
department_word           -       S       -       -            S        S
device_status             SIU     S       S       -            S        S
document                  -       SI      -       -            S        S
document_counter          -       SIU     -       -            S        S
document_void             -       SI      -       -            S        S
drop_old_chunks           -       -       -       X            -        -
drop_old_quarantine       -       -       -       X            -        -
drop_orphan_evidence      -       -       -       X            -        -
duty                      -       SIUD    S       -            S        S
entity                    SIU     S       S       -            S        S
evidence                  SI      SI      SI      S            S        S
fn_pgqueuer_changed       -       -       -       -            -        -
grid_cell                 S       S       S       -            S        S
hourly_positions          -       S       -       -            S        S
incident                  SI      SI      SI      -            S        S
ingest_session            SIU     -       -       -            S        S
keep_former_name          -       -       -       -            -        -
latest_position           SIU     S       -       S            S        S
latest_telemetry          SIU     S       -       S            S        S
maintenance               S       S       -       SU           S        S
notice                    -       S       SID     -            S        S
notice_acknowledgement    -       SI      -       -            S        S
notice_delivery           -       -       SIU     -            -        S
notice_outbox             I       I       SIUD    -            S        S
notice_preference         -       SIU     S       -            -        S
notice_recipient          -       S       SI      -            S        S
open_condition            SIUD    -       -       -            S        S
operator                  -       SIU     -       -            -        S
person                    -       SIU     S       -            S        S
pgqueuer                  -       -       SIUD    -            S        S
pgqueuer_log              -       -       SIUD    -            S        S
pgqueuer_schedules        -       -       SIUD    -            S        S
pgqueuer_statistics       -       -       SIUD    -            S        S
platform_case             -       SI      S       -            S        S
platform_message          -       SI      -       -            S        S
position                  SI      S       -       SM           S        S
position_hour             -       -       -       SID          S        S
position_hour_due         SIU     -       -       SD           S        S
post                      -       SIU     -       -            S        S
presence                  SI      S       -       -            S        S
quarantine                SIUD    -       -       -            -        S
queue_notices             -       -       -       -            -        -
refuse_change             -       -       -       -            -        -
rights_entry              -       SID     S       -            S        S
rights_version            -       SU      S       -            S        S
released_file             -       SID     -       -            S        S
report_caller             -       SID     -       -            -        S
rule_event                SI      S       -       -            S        S
rule_event_case           -       SI      -       -            S        S
rule_state                SIUD    -       -       -            S        S
schema_version            S       S       S       S            S        S
service_request           -       SIU     -       -            -        S
shift_handover            -       SI      -       -            S        S
session                   -       SIUD    -       -            -        S
street                    S       S       S       -            S        S
telemetry                 SI      S       -       -            S        S
webhook                   -       SIUD    SU      -            -        S
webhook_dead_letter       -       SU      SIUD    -            S        S
workflow_version          SI      SI      SI      -            S        S
area_area_id_seq          -       -       -       -            -        S
audit_log_audit_id_seq    -       -       -       -            -        S
document_document_id_seq  -       -       -       -            -        S
duty_duty_id_seq          -       -       -       -            -        S
case_event_event_id_seq   -       -       -       -            -        S
entity_entity_id_seq      -       -       -       -            -        S
notice_delivery_delivery_id_seq -       -       -       -            -        S
notice_notice_id_seq      -       -       -       -            -        S
pgqueuer_id_seq           -       -       G       -            -        S
pgqueuer_log_id_seq       -       -       -       -            -        S
pgqueuer_schedules_id_seq -       -       G       -            -        S
pgqueuer_statistics_id_seq -       -       G       -            -        S
quarantine_quarantine_id_seq -       -       -       -            -        S
shift_handover_handover_id_seq -     -       -       -            -        S
street_street_id_seq      -       -       -       -            -        S
"""
_NAMES = {
    "S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE", "M": "MAINTAIN", "X": "EXECUTE",
    "G": "USAGE",
}  # fmt: skip
_GRANTED = """
WITH object AS (
    SELECT relname AS name, relacl AS acl, 'pg_class'::regclass AS kind, oid, relowner AS owner FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT proname, proacl, 'pg_proc'::regclass, oid, proowner FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace
)
SELECT name, grantee.rolname AS role, privilege_type AS privilege
FROM object LEFT JOIN LATERAL aclexplode(acl) AS entry ON entry.grantee <> owner
LEFT JOIN pg_roles AS grantee ON grantee.oid = entry.grantee
WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = kind AND objid = object.oid AND deptype = 'e')
"""
_CHUNKS = """
SELECT chunk_name AS name, rolname AS role, privilege_type AS privilege
FROM timescaledb_information.chunks
JOIN pg_class ON pg_class.oid = format('%I.%I', chunk_schema, chunk_name)::regclass
CROSS JOIN LATERAL aclexplode(relacl) AS entry JOIN pg_roles ON pg_roles.oid = entry.grantee
WHERE hypertable_name = 'position' AND grantee <> relowner
"""


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


def wanted() -> dict[tuple[str, str], set[str]]:
    heading, *lines = MATRIX.strip().splitlines()
    columns = heading.split()
    found = {}
    for line in lines:
        name, *cells = line.split()
        for role, cell in zip(columns, cells, strict=True):
            found[name, f"streetwarden_{role}"] = {_NAMES[letter] for letter in cell if letter != "-"}
    return found


def granted(rows: list[asyncpg.Record]) -> dict[tuple[str, str], set[str]]:
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        for role in roles.ROLES:
            found[row["name"], role] |= {row["privilege"]} if row["role"] == role else set()
    return dict(found)


async def test_every_table_sequence_and_function_is_granted_as_the_matrix_says(
    owner: asyncpg.Connection[asyncpg.Record],
) -> None:
    rows = await owner.fetch(_GRANTED)
    assert granted(rows) == wanted(), "a new table wants a line in store/grants.sql and in this matrix"
    strangers = {row["role"] for row in rows} - {None, *roles.ROLES}
    assert strangers == set()


async def test_the_next_migrate_revokes_manual_grants(
    database_url: str, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    await owner.execute(
        f"GRANT DELETE ON position TO {roles.INGEST}; REVOKE INSERT ON rule_event FROM {roles.INGEST}"
    )
    await migrate(database_url)
    assert granted(await owner.fetch(_GRANTED)) == wanted()


async def test_chunks_old_and_new_follow_their_hypertable(
    database_url: str, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    fix = (
        "INSERT INTO position (entity_id, time, received_at, lat, lon) "
        "VALUES (1, now() - $1 * '1 day'::interval, now(), 1, 1)"
    )
    await owner.execute(fix, 9)
    await owner.execute(f"GRANT DELETE ON position TO {roles.INGEST}")
    await migrate(database_url)
    ingest = await asyncpg.connect(as_role(database_url, roles.INGEST))
    await ingest.execute(fix, 1)  # makes a chunk
    await ingest.close()
    rows = granted(await owner.fetch(_CHUNKS))
    assert len({name for name, _ in rows}) == 2
    for (_, role), privileges in rows.items():
        assert privileges == wanted()["position", role]


@pytest.mark.parametrize(
    ("role", "forbidden"),
    [
        (roles.INGEST, "DELETE FROM position"),
        (roles.INGEST, "DELETE FROM incident"),
        (roles.INGEST, "TRUNCATE quarantine"),
        (roles.INGEST, "UPDATE case_event SET note = 'x'"),
        (roles.INGEST, "SELECT * FROM operator"),
        (roles.INGEST, "SELECT * FROM session"),
        (roles.INGEST, "SELECT drop_chunks('position', older_than => now())"),
        (roles.INGEST, "SELECT drop_old_chunks('position', now() - interval '1 year')"),
        (roles.INGEST, "CREATE TABLE mine (a integer)"),
        (roles.CENTER, "UPDATE position SET lat = 0"),
        (roles.CENTER, "INSERT INTO telemetry VALUES (1, now(), now(), '{}')"),
        (roles.CENTER, "DELETE FROM case_event"),
        (roles.CENTER, "DELETE FROM operator"),
        (roles.CENTER, "DELETE FROM audit_log"),
        (roles.MONITOR, "SELECT * FROM audit_log"),
        (roles.MAINTENANCE, "DELETE FROM position"),
        (roles.MAINTENANCE, "SELECT drop_old_chunks('position', now())"),
        (roles.MAINTENANCE, "SELECT drop_orphan_evidence(now())"),
        (roles.MAINTENANCE, "SELECT drop_old_quarantine(now())"),
        (roles.MAINTENANCE, "SELECT drop_old_chunks('case_file', now() - interval '1 year')"),
        (roles.MONITOR, "SELECT password_hash FROM operator"),
        (roles.MONITOR, "DELETE FROM quarantine"),
        (roles.BACKUP, "UPDATE incident SET type = 'x'"),
    ],
)
async def test_a_role_is_refused_what_is_not_its_work(database_url: str, role: str, forbidden: str) -> None:
    connection = await asyncpg.connect(as_role(database_url, role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(forbidden)
    finally:
        await connection.close()


async def test_chunks_of_partitions_cannot_be_reached_around_the_hypertable(
    database_url: str, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    await owner.execute(
        "INSERT INTO position (entity_id, time, received_at, lat, lon) VALUES (1, now(), now(), 1, 1)"
    )
    chunk = await owner.fetchval("SELECT show_chunks('position')::text")
    connection = await asyncpg.connect(as_role(database_url, roles.INGEST))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"DELETE FROM {chunk}")
    finally:
        await connection.close()


async def test_a_temporary_table_does_not_stand_in_for_what_the_function_names(database_url: str) -> None:
    connection = await asyncpg.connect(as_role(database_url, roles.MAINTENANCE))
    try:
        await connection.execute("CREATE TEMPORARY TABLE position (time timestamptz)")
        assert await connection.fetchval("SELECT drop_old_chunks('position', now() - interval '1 year')") == 0
    finally:
        await connection.close()


async def test_an_owner_without_createrole_migrates_and_says_which_roles_are_missing(
    empty_database_url: str,
) -> None:
    administrator = await asyncpg.connect(empty_database_url)
    name = empty_database_url.rpartition("/")[2]
    owner = f"{name}_owner"
    try:
        for extension in ("timescaledb", "postgis"):
            await administrator.execute(f"CREATE EXTENSION {extension}")
        await administrator.execute(
            f"CREATE ROLE {owner} LOGIN PASSWORD 'w'; ALTER DATABASE {name} OWNER TO {owner}"
        )
        hidden = {role: f"{role}_{name}" for role in roles.ROLES}  # as if nobody had ever made them
        await administrator.execute(
            ";".join(f"ALTER ROLE {old} RENAME TO {new}" for old, new in hidden.items())
        )
        try:
            url = login(empty_database_url, owner, "w")
            assert (await migrate(url)).missing_roles == roles.ROLES
            connection = await asyncpg.connect(url)
            await administrator.execute(f"CREATE ROLE {roles.MONITOR}")
            with pytest.raises(StoreError, match="let an administrator run: streetwarden db roles"):
                await roles.set_password(connection, roles.MONITOR, "word")
            await connection.close()
            await administrator.execute(f"DROP ROLE {roles.MONITOR}")
        finally:
            await administrator.execute(
                ";".join(f"ALTER ROLE {new} RENAME TO {old}" for old, new in hidden.items())
            )
            await let_in(empty_database_url)
        assert await migrate(url) is not None  # and gives grants to roles that others have made
    finally:
        await administrator.execute(f"REASSIGN OWNED BY {owner} TO postgres; DROP OWNED BY {owner}")
        await administrator.execute(f"DROP ROLE IF EXISTS {owner}")
        await administrator.close()


def test_a_verifier_is_what_postgresql_makes_of_the_password() -> None:
    # The password, salt and rounds of RFC 7677, section 3.
    verifier = roles.scram_verifier("pencil", salt=b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
    assert verifier.startswith("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$")
    assert verifier.endswith(
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )
