"""A city's decisions about its cases: codes and limits for incidents, departments, numbering, problems.

A policy is a folder of files that a city edits: `policy.toml`, `notices.toml`, `forms.toml`, and the tables
`codes.csv`, `conditions.csv` and `dispatch.csv`. The files that come with Streetwarden are in `cases/data/`;
they explain each entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from cases.camera_faults import CameraFaultLimits
from cases.clocks import CaseClock, Clock, Limit, deadline
from cases.codes import CODES, Category, CodeTable, ComponentCode, TypeName
from cases.conditions import CONDITIONS, Condition, ConditionTable, default_condition
from cases.dispatch import RULES, Department, DispatchFacts, DispatchRules, FindDepartment, Proposal
from cases.errors import CodeError, PolicyError
from cases.flood import FLOOD_TYPE
from cases.forms import Forms
from cases.geotagged import GeotaggedLimits
from cases.notices import NoticeRules
from cases.numbering import Numbering
from cases.office import OfficeCalendar
from cases.policy_files import POLICY_FILES, PolicyFile, policy_file
from cases.policy_toml import PolicyToml, RuleToml, departments_of, read_toml
from cases.problems import ProblemClass, ProblemClasses
from cases.public_codes import checked_public_codes
from cases.state import CaseState
from cases.timing import TimingRules
from cases.workflow.file import load_workflow
from cases.workflow.model import Workflow

_DEFAULT_LIMIT: Final = Limit(amount=1, clock=Clock.CALENDAR_DAY)
"""The limit of codes without a condition, if the rule `otherwise` has no limit."""

_TRIAL_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Any time will do to find out whether a limit leads to a deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRule:
    """The case that an incident type becomes.

    Attributes:
        code: of the case, unless the case is about a component whose own class is known.
        condition: the key of the code's condition; None for the code's first one.
        limit: overrides the condition's limit; None for the condition's.
        department: proposed for dispatch if neither a rule of dispatch nor the condition's responsible body
            gives one; None for no proposal.
    """

    category: Category
    code_set: str
    code: str
    title: str
    title_en: str
    condition: str | None
    limit: Limit | None
    department: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The code of a new case, and the limit of its handling.

    Attributes:
        condition: the key of the code's condition.
        limit: of the handling.
        deadline_at: when that limit would be over if the case were dispatched as soon as it is opened.
    """

    category: Category
    code_set: str
    code: str
    condition: str
    limit: Limit
    deadline_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePolicy:
    """A city's decisions.

    Attributes:
        rules: the rule of each incident type that has one.
        otherwise: the rule of all other incident types, so that no incident is dropped.
        departments: by name; the city's tree of departments begins with them.
        numbering: how cases are numbered.
        calendar: when the offices work.
        codes: the lists of codes.
        conditions: the conditions of the codes, with their limits.
        dispatch: the rules that propose a department.
        problems: which incident types can be the same problem, and within which distance and time.
        workflow: the workflow of new cases.
        trusted_sources: values of `Report.source` whose reports become cases at once; a case from any other
            source waits for an acceptor.
        public_codes: what citizens may report; see `cases.public_services`.
        timing: when warnings, checks, reworks and reopenings happen without a person.
        camera_faults: which faults of cameras become maintenance cases.
        geotagged: how near to a case a geotagged still must be to become evidence of it.
        notices: who hears of what, and when.
        forms: the city's documents.
    """

    rules: Mapping[str, IncidentRule]
    otherwise: IncidentRule
    departments: Mapping[str, Department]
    numbering: Numbering
    calendar: OfficeCalendar
    codes: CodeTable
    conditions: ConditionTable
    dispatch: DispatchRules
    problems: ProblemClasses
    workflow: Workflow
    trusted_sources: frozenset[str]
    public_codes: frozenset[str]
    timing: TimingRules
    camera_faults: CameraFaultLimits
    geotagged: GeotaggedLimits
    notices: NoticeRules
    forms: Forms

    @classmethod
    def load(cls, folder: Path | str | None = None) -> Self:
        """Read a policy.

        Args:
            folder: with `policy.toml` and the tables; a missing file is replaced by the one that comes with
                Streetwarden. None: all files are those that come with Streetwarden.

        Raises:
            PolicyError: the folder or an entry is wrong; the text names it.
        """
        if folder and not Path(folder).is_dir():
            raise PolicyError(f"there is no case policy folder {folder}; make it, or leave the setting empty")
        own = Path(folder) if folder else None
        return cls.parse({name: policy_file(own, name) for name in POLICY_FILES}, folder=own)

    @classmethod
    def parse(cls, texts: Mapping[str, PolicyFile], *, folder: Path | None = None) -> Self:
        """Read a policy from the texts of its files.

        Args:
            texts: the files' texts, by the names in `POLICY_FILES`.
            folder: with the city's own workflow, if it has one.

        Raises:
            PolicyError: an entry is wrong, or names a code that is not in the lists.
        """
        text, file = texts["policy.toml"].text, texts["policy.toml"].shown
        codes_file, conditions_file, dispatch_file = (
            texts[f"{table}.csv"] for table in ("codes", "conditions", "dispatch")
        )
        codes = CodeTable.of(CODES.read_csv(codes_file.text, file=codes_file.shown), file=codes_file.shown)
        conditions = ConditionTable.of(
            CONDITIONS.read_csv(conditions_file.text, file=conditions_file.shown),
            codes=codes,
            file=conditions_file.shown,
            shipped=conditions_file.shipped and not codes_file.shipped,
        )
        read, zone = read_toml(text, file)
        departments = departments_of(read, file)
        dispatch_rules = DispatchRules.of(
            RULES.read_csv(dispatch_file.text, file=dispatch_file.shown),
            departments,
            file=dispatch_file.shown,
            shipped=dispatch_file.shipped and not texts["policy.toml"].shipped,
        )
        workflow = load_workflow(folder, read.workflow)
        notices_file = texts["notices.toml"]
        notices = NoticeRules.read(
            notices_file.text,
            file=notices_file.shown,
            clocks=workflow.clocks,
            # a city's own incident types need no copy of the shipped rules
            types=None if notices_file.shipped else (*read.incident, FLOOD_TYPE),
        )
        forms = Forms.read(texts["forms.toml"].text, file=texts["forms.toml"].shown)
        _check_incident_rules(read, codes, conditions, departments, file)
        incident_rules = {name: _incident_rule(rule) for name, rule in read.incident.items()}
        try:
            policy = cls(
                rules=MappingProxyType(incident_rules),
                otherwise=_incident_rule(read.otherwise),
                departments=departments,
                numbering=Numbering(prefix=read.numbering.prefix, digits=read.numbering.digits, zone=zone),
                calendar=OfficeCalendar(
                    zone=zone,
                    hours=tuple(read.office.hours),
                    weekdays=frozenset(day - 1 for day in read.office.weekdays),
                    holidays=frozenset(read.office.holidays),
                    make_up_days=frozenset(read.office.make_up_days),
                ),
                codes=codes,
                conditions=conditions,
                dispatch=dispatch_rules,
                problems=ProblemClasses.of(
                    ProblemClass(
                        name=name,
                        types=frozenset(each.types),
                        within_m=each.within_m,
                        within=timedelta(minutes=each.within_minutes),
                    )
                    for name, each in read.problem.items()
                ),
                workflow=workflow,
                trusted_sources=frozenset(read.trusted_sources),
                public_codes=checked_public_codes(read.public_codes, codes),
                timing=read.timing,
                camera_faults=read.camera_faults.limits(),
                geotagged=read.geotagged.limits(),
                notices=notices,
                forms=forms,
            )
            # A limit without a deadline is an error now, not later when a case is opened.
            for rule in (*policy.rules.values(), policy.otherwise):
                _deadline(_TRIAL_TIME, rule.limit or _DEFAULT_LIMIT, policy.calendar)
        except PolicyError as error:
            raise PolicyError(f"{file}: {error}") from None
        for row in conditions.rows:
            try:
                _deadline(_TRIAL_TIME, row.time, policy.calendar)
            except PolicyError as error:
                raise PolicyError(f"{conditions_file.shown}: {' '.join(row.key)}: {error}") from None
        return policy

    def rule(self, incident_type: str) -> IncidentRule:
        """The rule for an incident type; `otherwise` if the type has none."""
        return self.rules.get(incident_type, self.otherwise)

    def handling_limit(self, case: CaseState) -> Limit:
        """The limit of the handling of a case.

        It is the limit that was stored at the opening if the case still has the same condition. Otherwise it
        is the limit that the present policy has for the condition on the day of the opening. A case without
        a stored limit gets its incident type's limit first, if there is one.
        """
        stored = case.handling_limit
        if stored is not None and stored["condition"] == case.condition:
            return Limit(amount=stored["amount"], clock=Clock(stored["clock"]))
        of_type = self.rule(case.type) if case.type is not None else None
        if stored is None and of_type is not None and of_type.limit is not None:
            return of_type.limit
        known = self.conditions_for(case)
        return next((each.time for each in known if each.condition == case.condition), known[0].time)

    def title(self, incident_type: str) -> TypeName:
        """The title of cases of a type; without a rule, that of `otherwise` and the type in brackets."""
        rule = self.rule(incident_type)
        if incident_type in self.rules:
            return TypeName(name=rule.title, name_en=rule.title_en)
        return TypeName(name=f"{rule.title} ({incident_type})", name_en=f"{rule.title_en} ({incident_type})")

    def department_code(self, name: str) -> str:
        """The key by which cases name a department of the policy: its code, or its name if it has no code."""
        return self.departments[name].code or name

    def opening(
        self,
        incident_type: str,
        *,
        at: datetime,
        component: str | None = None,
        known_class: tuple[str, str] | None = None,
    ) -> Opening:
        """The opening of a case by an incident.

        Args:
            incident_type: the incident's type.
            at: when the case is opened.
            component: the component concerned, if there is one.
            known_class: code set and class that the component has in the city's own list.

        Raises:
            CodeError: the component's code is malformed.
        """
        rule = self.rule(incident_type)
        code_set, code = rule.code_set, rule.code
        if rule.category is Category.COMPONENT and component is not None:
            parsed = ComponentCode.parse(component)
            if known_class is not None:
                code_set, code = known_class
            else:
                code = self.codes.of_component(code_set, parsed) or code
        condition, limit = self._condition(rule, code_set, code, at)
        return Opening(
            category=rule.category,
            code_set=code_set,
            code=code,
            condition=condition,
            limit=limit,
            deadline_at=_deadline(at, limit, self.calendar),
        )

    def _condition(self, rule: IncidentRule, code_set: str, code: str, at: datetime) -> tuple[str, Limit]:
        """The condition of a case that an incident opens, and the limit of its handling."""
        known = self.conditions_of(code_set, rule.category, code, at)
        for condition in known:
            if condition.condition == rule.condition:
                return condition.condition, rule.limit or condition.time
        # The component's own code may lack the rule's condition. The case then gets the first condition of
        # its code, with the limit that the rule's condition has for the rule's code.
        for condition in self.conditions_of(rule.code_set, rule.category, rule.code, at):
            if condition.condition == rule.condition:
                return known[0].condition, rule.limit or condition.time
        return known[0].condition, rule.limit or known[0].time

    def conditions_of(
        self, code_set: str, category: Category, code: str, at: datetime
    ) -> tuple[Condition, ...]:
        """The conditions of a code, valid on the date of `at` in the city's time zone, in table order.

        A code without conditions then gets a default one, with the limit of `otherwise`, or else one day.
        """
        on = at.astimezone(self.calendar.zone).date()
        found = self.conditions.of_code(code_set, category, code, on)
        return found or (default_condition(code_set, category, self.otherwise.limit or _DEFAULT_LIMIT),)

    def conditions_for(self, case: CaseState) -> tuple[Condition, ...]:
        """The conditions that a case can have: those of its code on the day on which it was opened."""
        at = case.opened_at or case.reported_at
        return self.conditions_of(case.code_set, Category(case.category), case.code, at)

    def condition(
        self, code_set: str, category: Category, code: str, condition: str, at: datetime
    ) -> Condition:
        """The condition of a code by its key, valid on the date of `at` in the city's time zone.

        Raises:
            CodeError: the code is not in the lists on that date, or has no such condition then.
        """
        on = at.astimezone(self.calendar.zone).date()
        if not self.codes.holds(code_set, category, code, on):
            raise CodeError(
                f"the lists have no {category} {code} in set {code_set} on {on}; choose another code"
            )
        there = self.conditions_of(code_set, category, code, at)
        for each in there:
            if each.condition == condition:
                return each
        known = ", ".join(f"{each.condition} ({each.name_en})" for each in there)
        raise CodeError(f"{category} {code} has no condition {condition!r} on {on}; there are {known}")

    def proposal_for(
        self, case: CaseState, *, owner: str | None = None, find: FindDepartment | None = None
    ) -> Proposal | None:
        """The department that is proposed for a case, with the reason; None if there is none.

        The fallback is the department of the rule of the case's incident type. A case whose code a person
        chose has no incident type, and so no fallback.

        Args:
            case: with its code, condition, place and type.
            owner: of the component; None if it is not known.
            find: finds a department in the tree; None: only those of the policy are known.
        """
        category = Category(case.category)
        known = self.conditions_of(case.code_set, category, case.code, case.opened_at or case.reported_at)
        responsible = (each.responsible for each in known if each.condition == case.condition)
        return self.dispatch.propose(
            DispatchFacts(
                code_set=case.code_set,
                category=category,
                code=case.code,
                condition=case.condition,
                district=case.district,
                grid_cell=case.grid_cell,
                owner=owner,
                responsible=next(responsible, ""),
                fallback=self.rule(case.type).department if case.type is not None else None,
            ),
            find,
        )


def _deadline(at: datetime, limit: Limit, calendar: OfficeCalendar) -> datetime:
    found = deadline(CaseClock(limit=limit, started_at=at), calendar)
    assert found is not None, "a clock that was never paused has a deadline"
    return found


def _check_incident_rules(
    read: PolicyToml,
    codes: CodeTable,
    conditions: ConditionTable,
    departments: Mapping[str, Department],
    file: str,
) -> None:
    """Check that the rules of incident types name only existing codes, conditions and departments.

    Raises:
        PolicyError: names the entry.
    """
    for name, entry in {**read.incident, "otherwise": read.otherwise}.items():
        code = f"{entry.category} {entry.code}"
        if codes.find(entry.code_set, entry.category, entry.code) is None:
            raise PolicyError(f"{file}: {name}: the lists have no {code} in set {entry.code_set}")
        there = conditions.ever(entry.code_set, entry.category, entry.code)
        if entry.condition is not None and entry.condition not in there:
            known = ", ".join(there)
            raise PolicyError(
                f"{file}: {name}: {code} has no condition {entry.condition!r}; there are {known}"
            )
        if entry.limit is None and not there:
            raise PolicyError(f"{file}: {name} needs a limit: {code} has no condition in conditions.csv")
        if entry.department is not None and entry.department not in departments:
            raise PolicyError(f"{file}: {name}: department {entry.department!r} is not one of departments")


def _incident_rule(rule: RuleToml) -> IncidentRule:
    return IncidentRule(
        category=rule.category,
        code_set=rule.code_set,
        code=rule.code,
        title=rule.title,
        title_en=rule.title_en,
        condition=rule.condition,
        limit=rule.limit,
        department=rule.department,
    )
