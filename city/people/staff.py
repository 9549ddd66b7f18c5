"""The staff of the simulated city, with roles and habits; the seed decides both."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

_LOGIN = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """How a member works; shares are from 0 to 1.

    Attributes:
        pace: time for an action, as a factor of the usual time.
        late: share of cases that the member neglects.
        wrong: share of cases with a wrong choice.
        lazy: share of cases in which the member claims something that was not done or not seen.
    """

    pace: float = 1.0
    late: float = 0.0
    wrong: float = 0.0
    lazy: float = 0.0


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the staff.

    Attributes:
        login: of the account.
        role: its role, by the centre's name.
        name: the person's name, in Chinese.
        title: the job title; `title_en` in English.
        department: the code of the department; None for staff of the centre.
        department_name: its name in cases.
    """

    login: _LOGIN
    role: str
    name: str
    title: str
    title_en: str
    department: str | None = None
    department_name: str | None = None
    habits: Habits = msgspec.field(default_factory=Habits)

    @property
    def display_name(self) -> str:
        """The name in the console."""
        return f"{self.name} {self.title}"


@dataclass(frozen=True, slots=True)
class _Post:
    role: str
    login: str
    title: str
    title_en: str
    count: int


CENTRE: Final = (
    _Post("acceptor", "acceptor", "受理员", "acceptor", 3),
    _Post("dispatcher", "dispatcher", "派遣员", "dispatcher", 2),
    _Post("shift_lead", "shift-lead", "值班长", "shift lead", 1),
    _Post("inspector", "inspector", "督察员", "inspector", 1),
    _Post("leader", "leader", "领导", "leader", 1),
    _Post("patrol", "patrol", "采集员", "patrol member", 4),
)
_OF_DEPARTMENT: Final = (
    _Post("department_desk", "desk", "部门值守", "department desk", 1),
    _Post("handler", "handler", "处置员", "handler", 2),
)
_LOOKING_ON: Final = frozenset({"inspector", "leader"})

_SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹"
_GIVEN: Final = (
    "芳", "伟", "秀英", "建国", "丽", "强", "敏", "志明", "静", "磊", "桂兰", "军", "艳", "勇", "晓梅",
    "国栋", "霞", "海涛", "玉珍", "鹏", "婷", "文斌", "雪梅", "振华",
)  # fmt: skip


def staff(seed: int, departments: Sequence[tuple[str, str]]) -> tuple[Member, ...]:
    """The staff of a city.

    Args:
        seed: decides names and habits.
        departments: code and name in cases of each.
    """
    names = _names(seed)
    found = []
    for post in CENTRE:
        for number in range(1, post.count + 1):
            login = post.login if post.count == 1 else f"{post.login}-{number}"
            found.append(
                Member(
                    login=login,
                    role=post.role,
                    name=next(names),
                    title=post.title,
                    title_en=post.title_en,
                    habits=habits_of(seed, login, looking_on=post.role in _LOOKING_ON),
                )
            )
    for code, name in departments:
        for post in _OF_DEPARTMENT:
            for number in range(1, post.count + 1):
                login = f"{post.login}-{code.lower()}" + (f"-{number}" if post.count > 1 else "")
                found.append(
                    Member(
                        login=login,
                        role=post.role,
                        name=next(names),
                        title=post.title,
                        title_en=post.title_en,
                        department=code,
                        department_name=name,
                        habits=habits_of(seed, login, looking_on=False),
                    )
                )
    return tuple(found)


def habits_of(seed: int, login: str, *, looking_on: bool) -> Habits:
    """The habits of one member: most are reliable, one in five is slow or careless."""
    chance = random.Random(f"{seed}/{login}")
    if looking_on:
        return Habits()
    careless = chance.random() < 0.2
    slow = chance.random() < 0.2
    return Habits(
        pace=round(chance.uniform(1.5, 3.0) if slow else chance.uniform(0.7, 1.3), 2),
        late=round(chance.uniform(0.06, 0.15) if slow else chance.uniform(0.0, 0.04), 3),
        wrong=round(chance.uniform(0.08, 0.2) if careless else chance.uniform(0.0, 0.05), 3),
        lazy=round(chance.uniform(0.15, 0.35) if careless else chance.uniform(0.0, 0.06), 3),
    )


def by_role(members: Sequence[Member]) -> Mapping[str, list[Member]]:
    """The members with each role."""
    found: dict[str, list[Member]] = {}
    for member in members:
        found.setdefault(member.role, []).append(member)
    return found


def _names(seed: int) -> Iterator[str]:
    chance = random.Random(f"{seed}/names")
    every = [surname + given for surname in _SURNAMES for given in _GIVEN]
    chance.shuffle(every)
    return iter(every)
