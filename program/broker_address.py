"""The address of a broker: `mqtt://host:1883`, or `mqtts://host:8883` for TLS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from program.errors import SettingsError
from program.redaction import public_address

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """A parsed broker address.

    Attributes:
        host: name or IP address.
        port: the port.
        secure: whether the broker uses TLS there.
        user: the user in the address, if any.
        password: the password in the address, if any.
    """

    host: str
    port: int
    secure: bool
    user: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Parse an address.

        Raises:
            SettingsError: it is malformed; the text shows no password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS[parts.scheme]
        except (KeyError, ValueError):
            parts, port = urlsplit(""), 0
        if not parts.hostname:
            raise SettingsError(
                f"{public_address(url)!r} is not a broker's address; set STREETWARDEN_MQTT_URL (broker.url) "
                "to mqtt://host:1883, or to mqtts://host:8883 for TLS"
            )
        return cls(
            host=parts.hostname,
            port=port,
            secure=parts.scheme == "mqtts",
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )

    def __str__(self) -> str:
        """Host and port, for use in sentences."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
