"""Evidence is stored under its digest; writing it twice is harmless; an error is one sentence."""

import hashlib
from pathlib import Path

import pytest

from store.errors import DamagedEvidenceError, EvidenceError
from store.evidence import EvidenceStore, key_of


async def test_a_picture_comes_back_by_its_digest(tmp_path: Path) -> None:
    shelf = EvidenceStore((tmp_path / "new folder").as_uri())
    digest = await shelf.put(b"a picture")
    assert digest == hashlib.sha256(b"a picture").hexdigest()
    assert await shelf.put(b"a picture") == digest
    assert await shelf.get(digest) == b"a picture"
    file = tmp_path / "new folder" / key_of(digest, "image/jpeg")
    assert file.read_bytes() == b"a picture"
    assert [path.name for path in file.parent.iterdir()] == [f"{digest}.jpg"]


async def test_a_file_that_is_not_what_its_digest_says_is_not_given_out(tmp_path: Path) -> None:
    shelf = EvidenceStore(tmp_path.as_uri())
    digest = await shelf.put(b"a picture")
    (tmp_path / key_of(digest, "image/jpeg")).write_bytes(b"another")
    with pytest.raises(DamagedEvidenceError, match="does not match its digest"):
        await shelf.get(digest)


async def test_a_missing_object_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="is not in file:"):
        await EvidenceStore(tmp_path.as_uri()).get("0" * 64)


async def test_an_unwritable_storage_is_an_error(tmp_path: Path) -> None:
    shelf = EvidenceStore(tmp_path.as_uri())
    (tmp_path / "evidence").write_text("in the way")
    with pytest.raises(EvidenceError, match="cannot be written"):
        await shelf.put(b"a picture")


@pytest.mark.parametrize("url", ["ftp://example/there", "evidence", "file:///proc/nowhere/evidence"])
def test_an_address_of_no_use_is_refused(url: str) -> None:
    with pytest.raises(EvidenceError, match="STREETWARDEN_EVIDENCE_URL"):
        EvidenceStore(url)
