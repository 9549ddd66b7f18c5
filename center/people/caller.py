"""The caller of a request, and what the account may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cases import Actor, Rights, Scope
from center.web.answers import Refusal
from store.operators import SignedOn

ANY_ACCOUNT: Final = "any account"
"""The declaration of a route for everybody who is signed on, whatever their rights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The caller of a request, with the table of rights in force.

    Attributes:
        client: the address of the request.
    """

    session: SignedOn
    rights: Rights
    client: str

    @property
    def actor(self) -> Actor:
        """The account's roles and scope."""
        return self.session.actor

    @property
    def login(self) -> str:
        """The account."""
        return self.session.login

    def scope(self, action: str) -> Scope:
        """What the caller may see."""
        return self.rights.scope(self.actor, action)

    def may(self, action: str) -> bool:
        """Whether there can be anything on which the caller may do an action."""
        return action == ANY_ACCOUNT or self.rights.allows_somewhere(self.actor, action)

    def require(self, action: str) -> None:
        """Raise unless the caller may do an action somewhere.

        Raises:
            Refusal: 403.
        """
        if not self.may(action):
            raise not_allowed(action)


def not_allowed(action: str) -> Refusal:
    """The error for a caller who lacks a right."""
    return Refusal(
        403,
        "not_allowed",
        f"your account does not have the right {action} here; an administrator can give it",
    )
