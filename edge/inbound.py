"""Handlers of messages from the broker: receipts, and frames of cameras that send JPEG."""

from __future__ import annotations

import logging

from prometheus_client import Counter

from edge.broker_connection import Handler
from edge.delivery import Delivery
from edge.sources.mqtt_frames import MqttFrames
from wire.codec import decode
from wire.errors import WireError
from wire.messages import Frame, Receipt
from wire.topics import Stream

log = logging.getLogger(__name__)


def receipt_handler(delivery: Delivery) -> Handler:
    """A handler that gives receipts to the delivery; an unreadable one is logged."""

    def take(payload: bytes) -> None:
        try:
            receipt = decode(Stream.RECEIPT, payload)
        except WireError as error:
            log.warning("a receipt cannot be read: %s", error)
            return
        if isinstance(receipt, Receipt):
            delivery.receive(receipt)

    return take


def frame_handler(frames: MqttFrames, refused: Counter) -> Handler:
    """A handler that gives frames to their camera; an unreadable one is counted."""

    def take(payload: bytes) -> None:
        try:
            frame = decode(Stream.FRAME, payload)
        except WireError:
            refused.inc()
            return
        if isinstance(frame, Frame):
            frames.offer(frame)

    return take
