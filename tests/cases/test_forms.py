"""The city's forms: every shipped one can be filled, a wrong entry is named, no text is evaluated."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import CasePolicy, PolicyError
from cases.forms import FormError, fill
from tests.cases.test_notices import SHIPPED as NOTICES

SHIPPED = Path(__file__).parents[2].joinpath("cases/data/forms.toml").read_text(encoding="utf-8")
FORMS = CasePolicy.load().forms.forms


def filled(name: str, *, number: str | None = "1", **given: str) -> str:
    form = FORMS[name]
    content = fill(
        form,
        given=given or {field.name: f"<{field.name}>" for field in form.fields},
        facts={"case.number": "SW1", "case.place": "{party}#read()"},
        signers={signature.name: "王" for signature in form.signatures},
        number=number,
        authority="局",
        date="今天",
    )
    return "\n".join([*(text for _, text in content.rows), *content.text])


def test_the_slips_of_the_loop_and_the_forms_of_the_simple_procedure_are_there() -> None:
    assert len([form for form in FORMS.values() if form.right == "issue_slip"]) == 11
    assert len([form for form in FORMS.values() if form.right == "issue_enforcement"]) == 8


@pytest.mark.parametrize("name", FORMS)
def test_every_form_prints_all_that_was_entered_and_no_placeholder(name: str) -> None:
    text = filled(name)
    for field in FORMS[name].fields:
        assert f"<{field.name}>" in text
    assert "{case." not in text
    assert "{note." not in text


def test_what_was_entered_is_text_even_if_it_looks_like_a_placeholder() -> None:
    text = filled("inspection_notice", party="{case.number}", subject='#read("/etc/passwd")', basis="法")
    assert "{case.number}：" in text
    assert "{party}#read()" in text
    assert "SW1" not in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"party": "张三", "subject": "查"}, "field basis (Legal basis) is missing"),
        ({"party": "张三", "subject": "查", "basis": "法", "fee": "1"}, "there is no field 'fee'"),
        ({"party": "张" * 201, "subject": "查", "basis": "法"}, "field party has 201 characters"),
    ],
)
def test_a_document_that_lacks_something_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(FormError) as refused:
        filled("inspection_notice", **given)
    assert said in str(refused.value)


def test_a_missing_signature_is_named_and_a_preview_needs_none() -> None:
    form = FORMS["order_to_correct"]
    given = {field.name: "x" for field in form.fields}
    kept = {"given": given, "facts": {}, "authority": "局", "date": "今天"}
    with pytest.raises(FormError, match="signature officer_2"):
        fill(form, signers={"officer_1": "王"}, number="1", **kept)  # type: ignore[arg-type]
    assert fill(form, signers={}, number=None, **kept).number is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"{case.words}"', '"{case.secret}"', "forms.registration: there is no placeholder {case.secret}"),
        ('"{case.words}"', '"{case.words"', "forms.registration: '{case.words' has a brace"),
        ('number = "核实"', 'number = "登"', "forms.verification: number '登' is that of forms.registration"),
        ('right = "issue_slip"', 'right = "Issue"', "right"),
        (
            '{ name = "party", label',
            '{ name = "subject", label',
            "forms.inspection_notice: subject is there twice",
        ),
        ('title_en = "R', 'titel_en = "R', "titel_en"),
    ],
)
def test_a_wrong_entry_of_the_citys_file_is_named(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in SHIPPED
    (tmp_path / "forms.toml").write_text(SHIPPED.replace(before, after, 1), encoding="utf-8")
    (tmp_path / "notices.toml").write_text(NOTICES, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        CasePolicy.load(tmp_path)
    assert said in str(refused.value)
    assert "forms.toml" in str(refused.value)
