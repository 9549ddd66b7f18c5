"""The services of GeoReport v2: the city's public codes, with their conditions as attributes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cases import CasePolicy
from cases.conditions import Condition
from cases.public_services import PublicService, public_services
from center.open311.errors import Open311Error
from center.open311.words import Language, Words

CONDITION: Final = "CONDITION"
"""The attribute with the condition of a code; its values are the keys of the conditions."""
_NEEDS: Final = "REPORT_NEEDS"
"""An attribute that only informs: what a report must show."""

_WHICH: Final = Words("属于哪种情况?", "Which of these is it?")
_CHOOSE: Final = Words("选择一项;不清楚时可不选", "Choose one; leave it out if you do not know")
_SHOW: Final = Words("请上传", "Please send")


class ServiceList:
    """The services of a policy at a moment.

    Args:
        policy: the city's decisions.
        at: now; codes and conditions change by the day.
        language: of names.
    """

    def __init__(self, policy: CasePolicy, at: datetime, language: Language) -> None:
        self._policy = policy
        self._at = at
        self._language = language
        self._services = public_services(policy, at)

    def all(self) -> list[dict[str, Any]]:
        """All services, as GeoReport v2 lists them."""
        return [self._entry(each) for each in self._services.values()]

    def find(self, service_code: str) -> PublicService:
        """A service.

        Raises:
            Open311Error: 404, there is none of this code.
        """
        found = self._services.get(service_code)
        if found is None:
            raise Open311Error(404, f"there is no service_code {service_code[:40]!r}; GET the services")
        return found

    def definition(self, service_code: str) -> dict[str, Any]:
        """The definition of a service, with its attributes.

        Raises:
            Open311Error: 404, there is none of this code.
        """
        conditions = self._conditions(self.find(service_code))
        attributes = []
        if len(conditions) > 1:
            attributes.append(
                self._attribute(
                    code=CONDITION,
                    order=1,
                    datatype="singlevaluelist",
                    description=_WHICH[self._language],
                    datatype_description=_CHOOSE[self._language],
                    values=[
                        {"key": each.condition, "name": self._name(each.name, each.name_en)}
                        for each in conditions
                    ],
                )
            )
        needs = self._needs(conditions)
        if needs:
            attributes.append(
                self._attribute(
                    code=_NEEDS,
                    order=len(attributes) + 1,
                    datatype="string",
                    description=f"{_SHOW[self._language]}: {needs}",
                    variable=False,
                )
            )
        return {"service_code": service_code, "attributes": attributes}

    def condition(self, service: PublicService, attributes: Mapping[str, list[str]]) -> str | None:
        """The condition that a report names in its attributes; None if it names none.

        Raises:
            Open311Error: 400, an attribute is unknown, or its value is not one of those listed.
        """
        known = [each.condition for each in self._conditions(service)]
        for name, values in attributes.items():
            if name == _NEEDS:
                continue
            if name != CONDITION:
                raise Open311Error(
                    400,
                    f"service {service.service_code} has no attribute {name[:40]!r}; GET its definition",
                )
            given = [value for value in values if value]
            if len(given) > 1 or (given and given[0] not in known):
                raise Open311Error(
                    400, f"attribute {CONDITION} must be one of {', '.join(known)}; GET the definition"
                )
            return given[0] if given else None
        return None

    def _entry(self, service: PublicService) -> dict[str, Any]:
        conditions = self._conditions(service)
        keywords = sorted(
            {service.name.name, service.name.name_en, service.group.name, service.group.name_en}
        )
        return {
            "service_code": service.service_code,
            "service_name": self._name(service.name.name, service.name.name_en),
            "description": "; ".join(self._name(each.name, each.name_en) for each in conditions),
            "metadata": len(conditions) > 1 or bool(self._needs(conditions)),
            "type": "realtime",
            "keywords": ", ".join(word.replace(",", " ") for word in keywords),
            "group": self._name(service.group.name, service.group.name_en),
        }

    def _conditions(self, service: PublicService) -> tuple[Condition, ...]:
        return self._policy.conditions_of(service.code_set, service.category, service.code, self._at)

    def _needs(self, conditions: tuple[Condition, ...]) -> str:
        found = (self._name(each.report_needs, each.report_needs_en) for each in conditions)
        return "; ".join(dict.fromkeys(text for text in found if text))

    def _attribute(
        self,
        *,
        code: str,
        order: int,
        datatype: str,
        description: str,
        datatype_description: str | None = None,
        values: list[dict[str, str]] | None = None,
        variable: bool = True,
    ) -> dict[str, Any]:
        return {
            "variable": variable,
            "code": code,
            "datatype": datatype,
            "required": False,
            "datatype_description": datatype_description,
            "order": order,
            "description": description,
            "values": values or [],
        }

    def _name(self, name: str, name_en: str) -> str:
        return (name_en if self._language is Language.ENGLISH else name) or name
