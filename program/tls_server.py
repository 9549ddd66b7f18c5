"""TLS as a server: one context for the program's life, with a certificate that follows its files."""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass, field

from program.errors import SettingsError
from program.tls import TlsError, expiry_of, file_state, load_own_certificate

log = logging.getLogger(__name__)

_EVERY_S = 30.0


@dataclass(slots=True, kw_only=True)
class ServerTls:
    """A server's certificate and key, TLS 1.2 or newer.

    Attributes:
        certificate: the setting's name, and the file (PEM, with its chain).
        key: the setting's name, and the file (PEM); without a file the key is in the certificate's file.

    Raises:
        TlsError: a file cannot be used.
        SettingsError: a key is given without a certificate.
    """

    certificate: tuple[str, str]
    key: tuple[str, str]
    context: ssl.SSLContext = field(init=False, repr=False)
    expires_at: float | None = field(init=False, default=None)
    _seen: tuple[object, ...] = field(init=False, default=(), repr=False)

    def __post_init__(self) -> None:
        if not self.certificate[1]:
            raise SettingsError(
                f"{self.key[0]} is given without a certificate; give {self.certificate[0]} too"
            )
        self.context = _context()
        self.refresh()

    def refresh(self) -> bool:
        """Read the files again if they have changed; new connections use the new certificate.

        Returns:
            Whether they had changed.

        Raises:
            TlsError: they cannot be used; the certificate in use stays.
        """
        given = [one for one in (self.certificate, self.key) if one[1]]
        seen = tuple(file_state(*one) for one in given)
        if seen == self._seen:
            return False
        load_own_certificate(
            _context(), certificate=self.certificate, key=self.key
        )  # a failure must not affect the context in use
        load_own_certificate(self.context, certificate=self.certificate, key=self.key)
        self._seen, self.expires_at = seen, expiry_of(self.certificate[1])
        return True

    def expiries(self) -> dict[str, float]:
        """When our certificate expires, epoch seconds."""
        return {} if self.expires_at is None else {"server": self.expires_at}

    async def keep_fresh(self) -> None:
        """Check the files twice a minute; never returns."""
        told = ""
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                if await asyncio.to_thread(self.refresh):
                    log.info("the certificate was read again")
                told = ""
            except TlsError as error:
                if str(error) != told:
                    log.warning("%s; the certificate in use stays", error)
                told = str(error)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    return context
