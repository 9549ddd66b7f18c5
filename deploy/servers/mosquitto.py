"""Mosquitto with a password for each device, each of which may write only below its own topic."""

from __future__ import annotations

import shutil
import signal
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import mqtt5

from deploy.debian_root import System
from deploy.servers.broker_limits import COMPILE, MEMORY_BYTES, PLUGIN, SAVE_S, SOURCE, limits_file
from deploy.servers.broker_passwords import password_file
from deploy.servers.broker_tls import BrokerTls
from deploy.servers.confined import INSIDE, Server

INGEST_USER: Final = "center-ingest"
INCIDENTS_USER: Final = "center-incidents"
"""The account of ingest's second session: incidents, evidence, and receipts."""
MONITOR_USER: Final = "center-monitor"
"""The account that reads the broker's statistics, over a separate connection."""
DOCTOR_USER: Final = "center-doctor"
"""The account of probes by `doctor` and `up`; with ingest's account, they would take over its session."""
PHONES_USER: Final = "center-phones"
"""The center's account: it publishes the positions of staff phones, which have no account at the broker."""
CENTER_USERS: Final = (INGEST_USER, INCIDENTS_USER, MONITOR_USER, DOCTOR_USER, PHONES_USER)
"""The centre's accounts. The broker has one session for each account, so each connection needs an account."""
CONSUMERS: Final = (INGEST_USER, INCIDENTS_USER)
"""Accounts whose queue is limited only by the broker's memory while they are away."""
DOCTOR_DEVICE: Final = "device/streetwarden-doctor"
"""A device account with which `doctor` tries forbidden actions."""
_MIB: Final = 1024 * 1024
_OPEN_QUEUE_BYTES: Final = 512 * _MIB
_MESSAGE_BYTES: Final = 13 * _MIB
"""Four pictures of 1 MiB in base64 and 8 MiB of evidence fit; no device sends more."""

_CONFIGURATION: Final = """\
# Written by Streetwarden before each start.
listener {port} {address}
{tls}{access}
# Messages for an absent or busy ingest wait here. The queue has no limit, because Mosquitto acknowledges the
# messages that it drops from a full queue. If memory is full, the plugin refuses devices without an
# acknowledgement.
# (With 0 for no limit of their number, Mosquitto 2.0 hangs up on every client whose message it refuses.)
max_inflight_messages 0
max_inflight_bytes 0
max_queued_messages 1000000000
max_queued_bytes {queue_bytes}
max_packet_size {message_bytes}
persistent_client_expiration 30d
persistence true
persistence_location {folder}/data/
autosave_interval {autosave_s}
sys_interval 1
# The kernel coalesces small packets to a busy client: a fifth less work for each message, at most 40 ms
# later.
set_tcp_nodelay false
log_dest stderr
log_type error
log_type warning
log_type notice
log_timestamp_format %Y-%m-%dT%H:%M:%S
"""

_GUARDED: Final = """\
# Without this, any account can connect with the client id of another, and take over its session.
use_username_as_clientid true
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
# Refuses messages beyond an account's limits or the broker's memory before they are acknowledged.
plugin {plugin}
plugin_opt_limits {folder}/limits"""

_ACL: Final = f"""\
# %u is the user, such as vehicle/v001: a user can write, and read receipts, only below its own name.
pattern write sw/1/+/%u/+
pattern read sw/1/+/%u/receipt

user {INGEST_USER}
topic read sw/1/#

user {INCIDENTS_USER}
topic read sw/1/+/+/+/incident
topic read sw/1/+/+/+/evidence
topic write sw/1/+/+/+/receipt

user {PHONES_USER}
topic write sw/1/+/person/+/position

user {MONITOR_USER}
topic read $SYS/#

user {DOCTOR_USER}
topic read $SYS/#
"""

_BOX_ACL: Final = """
# Pictures of cameras that send them over MQTT.
user {user}
topic read sw/1/{district}/camera/+/frame
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the broker.

    Attributes:
        user: `{kind}/{id}`, or a program of the centre.
        district: six digits; a box may read cameras' pictures in it.
        password: its password.
    """

    user: str
    district: str
    password: str


def access_rules(accounts: Sequence[Account]) -> str:
    """The ACL file for these accounts."""
    boxes = (account for account in accounts if account.user.startswith("box/"))
    return _ACL + "".join(_BOX_ACL.format(user=box.user, district=box.district) for box in boxes)


def account_limits(
    accounts: Sequence[Account], *, token: str, memory_bytes: int = MEMORY_BYTES, save_s: int = SAVE_S
) -> str:
    """The plugin's file for these accounts."""
    devices = [(account.user, account.district) for account in accounts if "/" in account.user]
    return limits_file(devices, consumers=CONSUMERS, token=token, memory_bytes=memory_bytes, save_s=save_s)


def configuration(
    *,
    port: int,
    address: str = "127.0.0.1",
    folder: str = INSIDE,
    guarded: bool = True,
    autosave_s: int = SAVE_S,
    tls: BrokerTls | None = None,
    plugin: str = f"{INSIDE}/{PLUGIN}.so",
) -> str:
    """The configuration file.

    Args:
        port: on which it listens.
        address: on which it listens.
        folder: with `passwords`, `acl` and its data.
        guarded: False accepts every client, for tests only.
        autosave_s: seconds between saves of an unguarded broker; otherwise the limits file has them.
        tls: its certificates; None without TLS.
        plugin: the path of the compiled plugin.
    """
    access = _GUARDED.format(folder=folder, plugin=plugin) if guarded else "allow_anonymous true"
    return _CONFIGURATION.format(
        port=port,
        address=address,
        tls="" if tls is None else tls.lines(folder),
        access=access,
        message_bytes=_MESSAGE_BYTES,
        folder=folder,
        autosave_s=0 if guarded else autosave_s,  # the plugin says when
        queue_bytes=0 if guarded else _OPEN_QUEUE_BYTES,
    )


class Mosquitto(Server):
    """One broker.

    Args:
        system: the Debian root with its program.
        folder: its data.
        port: on 127.0.0.1.
        accounts: that may connect; None accepts every client, for tests only.
        log: takes its output.
        autosave_s: seconds between saves.
        tls: its certificates; None without TLS.
        token: allows the removal of a session; empty allows none.
        memory_bytes: the size of its heap beyond which devices are refused.
        rules: further lines of its ACL.
    """

    name = "Mosquitto"

    def __init__(
        self,
        *,
        system: System,
        folder: Path,
        port: int,
        accounts: Sequence[Account] | None,
        log: Path | None = None,
        autosave_s: int = SAVE_S,
        token: str = "",
        memory_bytes: int = MEMORY_BYTES,
        rules: str = "",
        tls: BrokerTls | None = None,
    ) -> None:
        super().__init__(system=system, folder=folder, port=port, log=log)
        self._accounts = accounts
        self._autosave_s = autosave_s
        self._tls = tls
        self._token = token
        self._memory_bytes = memory_bytes
        self._rules = rules

    @property
    def url(self) -> str:
        """Its address, without a user."""
        return f"{'mqtt' if self._tls is None else 'mqtts'}://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Write its configuration."""
        (self.folder / "data").mkdir(exist_ok=True)
        (self.folder / "mosquitto.conf").write_text(
            configuration(
                port=self.port,
                guarded=self._accounts is not None,
                autosave_s=self._autosave_s,
                tls=self._tls,
            ),
            encoding="utf-8",
        )
        if self._tls is not None:
            self._tls.copy_into(self.folder)
        if self._accounts is None:
            return
        passwords = self.folder / "passwords"
        passwords.unlink(missing_ok=True)
        passwords.touch(mode=0o600)
        words = {account.user: account.password for account in self._accounts}
        passwords.write_text(password_file(words), encoding="utf-8")
        (self.folder / "acl").write_text(access_rules(self._accounts) + self._rules, encoding="utf-8")
        limits = account_limits(
            self._accounts, token=self._token, memory_bytes=self._memory_bytes, save_s=self._autosave_s
        )
        (self.folder / "limits").write_text(limits, encoding="utf-8")
        shutil.copyfile(SOURCE, self.folder / SOURCE.name)

    def reload_certificates(self) -> None:
        """Use a renewed certificate and revocation list for new connections."""
        if self._tls is not None:
            self._tls.copy_into(self.folder)
            for server in self._servers()[:1]:
                server.send_signal(signal.SIGHUP)

    def command(self) -> str:
        """Give its folder to its own user, and run as that user."""
        guarding = "" if self._accounts is None else f"chmod 700 acl limits passwords; {COMPILE}; "
        return (
            f"set -e; cd {INSIDE}; {guarding}chown -R mosquitto:mosquitto .; chmod 755 .; "
            "exec mosquitto -c mosquitto.conf"
        )

    def reload(self) -> None:
        """Make it read accounts, rules and limits again."""
        for process in self._servers()[:1]:
            process.send_signal(signal.SIGHUP)

    def answers(self) -> bool:
        """Probe it as a client."""
        try:
            if self._tls is not None:
                return self._tls.answers("127.0.0.1", self.port)
            return asks_broker("127.0.0.1", self.port)
        except OSError:
            return False


def asks_broker(host: str, port: int, *, timeout_s: float = 2.0) -> bool:
    """Whether an MQTT 5 broker answers CONNECT; it may refuse us, because we send no password.

    Raises:
        OSError: no connection.
    """
    with socket.create_connection((host, port), timeout_s) as connection:
        connection.sendall(mqtt5.ConnectPacket(client_id="", clean_start=True).write())
        received = bytearray()
        while chunk := connection.recv(4096):
            received += chunk
            try:
                packet, _ = mqtt5.read(memoryview(received))
            except IndexError:
                continue
            return isinstance(packet, mqtt5.ConnAckPacket)
    return False
