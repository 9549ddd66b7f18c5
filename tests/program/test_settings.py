"""Settings come from defaults, one file and the environment, and a mistake is named."""

from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from program.errors import SettingsError
from program.settings import describe, load


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    url: Annotated[
        str, Meta(description="Where the broker is.", extra={"environment": "STREETWARDEN_MQTT_URL"})
    ] = "mqtt://127.0.0.1:1883"
    keepalive_s: Annotated[int, Meta(ge=1, le=600, description="Seconds between pings.")] = 30


class Camera(msgspec.Struct, frozen=True, kw_only=True):
    id: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    broker: Broker = Broker()
    camera: tuple[Camera, ...] = ()
    verbose: Annotated[bool, Meta(description="Say more.")] = False


def read(tmp_path: Path, text: str, **environment: str) -> Settings:
    file = tmp_path / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return load(Settings, program="edge", file=file, environment=environment)


def test_without_a_file_the_defaults_hold() -> None:
    assert load(Settings, program="edge", file=None, environment={}) == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    text = "[broker]\nkeepalive_s = 10"
    assert read(tmp_path, text).broker.keepalive_s == 10
    assert read(tmp_path, text, STREETWARDEN_EDGE_BROKER_KEEPALIVE_S="20").broker.keepalive_s == 20
    assert read(tmp_path, text, STREETWARDEN_EDGE_VERBOSE="true").verbose is True


def test_a_shared_variable_serves_every_program(tmp_path: Path) -> None:
    assert read(tmp_path, "", STREETWARDEN_MQTT_URL="mqtt://broker:1883").broker.url == "mqtt://broker:1883"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[broker]\nkeepalve_s = 1", r"broker\.keepalve_s.*did you mean 'keepalive_s'"),
        ("nonsense = 1", "nonsense.*known here: broker, camera, verbose"),
        ('[[camera]]\nid = "a"\nzone = 1', r"camera\[0\]\.zone"),
        ("[broker]\nkeepalive_s = 0", "keepalive_s"),
        ('[broker]\nkeepalive_s = "soon"', "keepalive_s"),
        ("[[camera]]", "id"),
        ("broker = 3", "broker"),
        ("[broker", "not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read(tmp_path, text)


def test_a_wrong_variable_is_refused_like_a_wrong_key(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="keepalive_s"):
        read(tmp_path, "", STREETWARDEN_EDGE_BROKER_KEEPALIVE_S="often")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        load(Settings, program="edge", file=tmp_path / "none.toml", environment={})


def test_every_setting_is_described_with_its_variable() -> None:
    described = {setting.path: setting for setting in describe(Settings, program="edge")}
    assert described["broker", "url"].environment == "STREETWARDEN_MQTT_URL"
    assert described["broker", "keepalive_s"].environment == "STREETWARDEN_EDGE_BROKER_KEEPALIVE_S"
    assert described["broker", "keepalive_s"].meaning == "Seconds between pings."
    assert described["camera",].environment is None
