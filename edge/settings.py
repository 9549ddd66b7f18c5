"""The settings of an edge box, its cameras included; `docs/settings.md` is generated from this module."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from edge.camera_settings import Camera
from program.settings_parts import BrokerLogin, LogFormat, LogLevel, MetricsAddress, Port
from wire.topics import ID_PATTERN

_END = r"(?![\s\S])"


class Box(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The identity of this box."""

    id: Annotated[
        str,
        Meta(
            pattern=rf"^({ID_PATTERN})?{_END}",
            description="The box's id on the broker: 1 to 64 letters, digits, '_', '.' or '-'. Required.",
        ),
    ] = ""
    district: Annotated[
        str,
        Meta(pattern=rf"^([0-9]{{6}})?{_END}", description="The 6-digit code of its district. Required."),
    ] = ""
    name: Annotated[str, Meta(max_length=200, description="Its name for people; shown in its status.")] = ""
    time_zone: Annotated[
        str,
        Meta(
            description="The city's time zone, such as Asia/Shanghai: for the hours of zones, which need "
            "it, and for the times in pictures of evidence. Empty: pictures have this machine's."
        ),
    ] = ""


class Broker(BrokerLogin, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The broker, and the account of this box there."""

    user: Annotated[
        str, Meta(description="The user name of this box at the broker; by default `box/` and the box's id.")
    ] = ""
    longest_pause_s: Annotated[
        float, Meta(ge=1, le=3600, description="Longest pause between two attempts to connect, seconds.")
    ] = 30.0


class Outbox(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where incidents wait for the centre's receipt, and how many may wait."""

    path: Annotated[
        str,
        Meta(
            min_length=1,
            description="The SQLite file with data that must survive a power cut: incidents without a "
            "receipt, open incidents, and what was learned of each camera.",
        ),
    ] = "/var/lib/streetwarden/edge/box.db"
    messages: Annotated[
        int,
        Meta(
            ge=10,
            description="Maximum number of waiting incident messages; beyond it the oldest are deleted.",
        ),
    ] = 10_000
    mib: Annotated[
        int,
        Meta(
            ge=16,
            description="Maximum size of waiting messages, MiB; beyond it the oldest first lose their "
            "pictures, then are deleted.",
        ),
    ] = 512
    memory_mib: Annotated[
        int,
        Meta(
            ge=2,
            le=4096,
            description="Maximum size of messages in memory while the disk accepts no writes, MiB; beyond "
            "it the oldest first lose their pictures, then are deleted.",
        ),
    ] = 32
    window: Annotated[
        int, Meta(ge=1, le=1000, description="Maximum number of messages in flight without a receipt.")
    ] = 16
    resend_s: Annotated[
        float,
        Meta(ge=0.5, le=3600, description="Seconds without a receipt after which a message is sent again."),
    ] = 10.0
    longest_resend_s: Annotated[
        float,
        Meta(ge=1, le=86_400, description="Longest such time, to which it grows while no receipt comes."),
    ] = 300.0
    refused: Annotated[
        int,
        Meta(
            ge=1,
            description="Number of messages refused by the centre that are kept, with the reason, for "
            "inspection.",
        ),
    ] = 200


class Looks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the cameras share the box's processor."""

    at_once: Annotated[
        int,
        Meta(
            ge=0,
            le=256,
            description="Looks that are analysed at the same time; 0: half of the processor's cores.",
        ),
    ] = 0
    hung_after_s: Annotated[
        float,
        Meta(ge=5, le=3600, description="Seconds without a sign of life after which a worker is replaced."),
    ] = 60.0
    remember_every_s: Annotated[
        float,
        Meta(
            ge=5,
            le=86_400,
            description="Seconds between two saves of what was learned of a camera, up to 1 MB each.",
        ),
    ] = 600.0


class Capture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How frames are read from cameras."""

    patience_s: Annotated[
        float,
        Meta(ge=1, le=600, description="Seconds without a picture after which a camera has no signal."),
    ] = 15.0
    longest_pause_s: Annotated[
        float,
        Meta(ge=1, le=3600, description="Longest pause between two attempts to reach a camera, seconds."),
    ] = 60.0
    decode: Annotated[
        Literal["auto", "keyframes", "all"],
        Meta(
            description="The frames of a video that are decoded: `keyframes`, `all` of them, or `auto`: "
            "keyframes if they come often enough for the camera's zones."
        ),
    ] = "auto"


class Stills(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The newest picture of each camera, for the console."""

    every_s: Annotated[
        float, Meta(ge=0, le=86_400, description="Seconds between two stills of a camera; 0: no stills.")
    ] = 5.0
    width_px: Annotated[int, Meta(ge=64, le=3840, description="Maximum width, pixels.")] = 960
    quality: Annotated[int, Meta(ge=10, le=95, description="JPEG quality.")] = 75


class Metrics(MetricsAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address of `/metrics`, `/live`, `/ready` and `/health`."""

    port: Port = 9103


class Recognition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The detection model of the box: tells people, vehicles, bags and animals before an incident begins."""

    enabled: Annotated[
        bool, Meta(description="Whether it is asked. Without the package onnxruntime it is not.")
    ] = True
    least: Annotated[
        float, Meta(gt=0, le=1, description="Score from which its word about an object counts.")
    ] = 0.5
    stall: Annotated[
        tuple[str, ...],
        Meta(
            description="What is no stall: person, bicycle, car, bus, truck, motorcycle, animal, bag, "
            "umbrella, chair, bench, table."
        ),
    ] = ("person", "animal", "car", "bus", "truck", "motorcycle")
    goods: Annotated[tuple[str, ...], Meta(description="What are no goods; the same names.")] = (
        "person", "animal", "car", "bus", "truck", "motorcycle",
    )  # fmt: skip
    vehicle: Annotated[tuple[str, ...], Meta(description="What is no vehicle; the same names.")] = (
        "person", "animal",
    )  # fmt: skip
    camera_asks_a_minute: Annotated[
        int,
        Meta(
            ge=1,
            le=600,
            description="How often it is asked about a camera at most; about 25 ms of a core each. Incidents "
            "beyond that begin unasked.",
        ),
    ] = 12
    box_asks_a_minute: Annotated[
        int, Meta(ge=1, le=6000, description="The same for all cameras of the box together.")
    ] = 60


class Veto(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A classifier of your own that is asked too before an incident in a zone begins; none by default."""

    model: Annotated[
        str,
        Meta(
            description="An ONNX file with a classifier: one colour picture in, one figure for each label "
            "out (relative to this file's folder). None by default: none comes with the box."
        ),
    ] = ""
    labels: Annotated[
        tuple[str, ...],
        Meta(max_length=1000, description="The classes of the model's outputs, in order."),
    ] = ()
    stall: Annotated[tuple[str, ...], Meta(description="Labels that are not a stall, such as a person.")] = ()
    goods: Annotated[
        tuple[str, ...], Meta(description="Labels that are not goods, such as a person, a vehicle.")
    ] = ()
    vehicle: Annotated[tuple[str, ...], Meta(description="Labels that are not a vehicle.")] = ()
    least: Annotated[
        float,
        Meta(gt=0, le=1, description="Probability from which such a label refuses the incident, 0 to 1."),
    ] = 0.6
    view: Annotated[
        Literal["crop", "frame"],
        Meta(
            description="The picture that it gets: the object with some surroundings, or the whole picture."
        ),
    ] = "crop"
    answers: Annotated[
        Literal["logits", "probabilities"],
        Meta(description="The kind of its outputs: any numbers (softmax follows), or probabilities."),
    ] = "logits"
    side_px: Annotated[
        int,
        Meta(ge=0, le=2048, description="Width and height of its input, if the model accepts any; else 0."),
    ] = 0
    mean: Annotated[
        tuple[float, float, float],
        Meta(description="Red, green, blue to subtract from a picture of values from 0 to 1."),
    ] = (0.0, 0.0, 0.0)
    deviation: Annotated[
        tuple[float, float, float], Meta(description="Red, green, blue to divide it by afterwards.")
    ] = (1.0, 1.0, 1.0)


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of an edge box."""

    box: Box = Box()
    broker: Broker = Broker()
    outbox: Outbox = Outbox()
    looks: Looks = Looks()
    capture: Capture = Capture()
    stills: Stills = Stills()
    recognition: Recognition = Recognition()
    veto: Veto = Veto()
    metrics: Metrics = Metrics()
    camera: Annotated[
        tuple[Camera, ...], Meta(max_length=64, description="The cameras: one [[camera]] table for each.")
    ] = ()
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "text"
