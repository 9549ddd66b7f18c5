"""The file of a workflow: read, checked as a whole, and refused with the name of the wrong entry."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal

import msgspec

from cases.clocks import Limit
from cases.codes import TypeName
from cases.errors import PolicyError
from cases.rights import Role
from cases.toml_file import decode_toml
from cases.workflow.checks import first_problem
from cases.workflow.model import EndedAs, Holder, Need, Outside, Stage, StageClock, Step, Workflow

NOT_ENDED: Final = "not_ended"
"""In `from`: every stage except the ends."""

SHIPPED: Final = ("small", "full")
_EARLIER: Final = (("small", 1),)
"""Versions that were shipped before, and by which cases go that were opened before versions were kept."""

_Key = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,31}$")]
_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class _Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: _Words
    name_en: _Words

    def title(self) -> TypeName:
        return TypeName(name=self.name, name_en=self.name_en)


class _Clock(_Named, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit | None = None
    anew: bool = False
    paused_by_task: bool = False


class _Stage(_Named, frozen=True, kw_only=True, forbid_unknown_fields=True):
    outside: Outside
    holder: Holder = Holder.NONE
    clocks: tuple[_Key, ...] = ()
    ended_as: EndedAs | None = None


class _Step(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"sources": "from"}
):
    action: str
    sources: tuple[str, ...] | Literal["not_ended"]
    to: str | None = None
    who: tuple[Role, ...] = ()
    needs: tuple[Need, ...] = ()
    guards: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    asks: Literal["department", "dispatcher"] = "dispatcher"
    while_suspended: bool = False
    primary: bool = False


class _Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    deferrals: Annotated[int, msgspec.Meta(ge=0, le=20)] = 2
    suspension_days: Annotated[int, msgspec.Meta(ge=1, le=3660)] = 366


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: _Key
    number: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    title: _Words
    title_en: _Words
    report_stage: str
    open_stage: str
    limits: _Limits
    clocks: dict[_Key, _Clock]
    stages: dict[_Key, _Stage]
    actions: dict[str, _Named]
    reasons: dict[_Key, _Named]
    answers: dict[_Key, _Named]
    steps: list[_Step]


def load_workflow(folder: Path | str | None, name: str) -> Workflow:
    """Read a workflow.

    Args:
        folder: of the city's case policy; missing files are replaced by those that come with Streetwarden.
        name: of the workflow; its file is `workflow-{name}.toml`.

    Raises:
        PolicyError: there is no such workflow, or an entry is wrong; the text names it.
    """
    own = Path(folder) / f"workflow-{name}.toml" if folder else None
    source: Path | Traversable
    if own is not None and own.is_file():
        source, shown = own, str(own)
    elif name in SHIPPED:
        source, shown = (
            files("cases").joinpath("data", f"workflow-{name}.toml"),
            f"cases/data/workflow-{name}.toml",
        )
    else:
        where = f"{own}; write it, or use" if own is not None else f"workflow-{name}.toml; there are"
        raise PolicyError(f"there is no {where} {' and '.join(SHIPPED)}")
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{shown} cannot be read as UTF-8 text ({error})") from None
    workflow = parse_workflow(text, shown)
    if workflow.name != name:
        raise PolicyError(
            f"{shown}: name is {workflow.name!r}; it must be {name!r}, as in the name of the file"
        )
    return workflow


def shipped_workflow(name: str, version: int) -> Workflow | None:
    """A shipped workflow in a version, an earlier one too; None if that was never shipped, or is kept."""
    if (name, version) in _EARLIER:
        file = f"workflow-{name}-{version}.toml"
        text = files("cases").joinpath("data", "earlier", file).read_text(encoding="utf-8")
        return parse_workflow(text, f"cases/data/earlier/{file}")
    found = load_workflow(None, name) if name in SHIPPED else None
    return found if found is not None and found.version == version else None


def parse_workflow(text: str, file: str) -> Workflow:
    """Read a workflow from the text of its file.

    Args:
        text: TOML.
        file: its name, for errors.

    Raises:
        PolicyError: an entry is wrong; the text names it and says what is right.
    """
    read = decode_toml(text, _File, file=file)
    ended = {name for name, stage in read.stages.items() if stage.ended_as is not None}
    workflow = Workflow(
        name=read.name,
        version=read.number,
        digest=sha256(msgspec.json.encode(read, order="deterministic")).hexdigest(),
        text=text,
        title=TypeName(name=read.title, name_en=read.title_en),
        report_stage=read.report_stage,
        open_stage=read.open_stage,
        deferrals=read.limits.deferrals,
        suspension_days=read.limits.suspension_days,
        stages=MappingProxyType({name: _stage(name, stage) for name, stage in read.stages.items()}),
        clocks=MappingProxyType({name: _clock(name, clock) for name, clock in read.clocks.items()}),
        actions=_titles(read.actions),
        reasons=_titles(read.reasons),
        answers=_titles(read.answers),
        steps=tuple(_step(step, frozenset(read.stages) - ended) for step in read.steps),
    )
    problem = first_problem(workflow)
    if problem is not None:
        raise PolicyError(f"{file}: {problem}")
    return workflow


def _stage(name: str, read: _Stage) -> Stage:
    return Stage(
        name=name, title=read.title(), outside=read.outside, holder=read.holder, clocks=read.clocks,
        ended_as=read.ended_as,
    )  # fmt: skip


def _clock(name: str, read: _Clock) -> StageClock:
    return StageClock(
        name=name, title=read.title(), limit=read.limit, anew=read.anew, paused_by_task=read.paused_by_task
    )


def _step(read: _Step, not_ended: frozenset[str]) -> Step:
    return Step(
        action=read.action,
        sources=not_ended if read.sources == NOT_ENDED else frozenset(read.sources),
        to=read.to,
        who=frozenset(read.who),
        needs=read.needs,
        guards=read.guards,
        reasons=read.reasons,
        answers=read.answers,
        counts=read.counts,
        clears=read.clears,
        asks=read.asks,
        while_suspended=read.while_suspended,
        primary=read.primary,
    )


def _titles(read: Mapping[str, _Named]) -> Mapping[str, TypeName]:
    return MappingProxyType({name: words.title() for name, words in read.items()})
