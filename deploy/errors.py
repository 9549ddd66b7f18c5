"""Errors of installing and running, each with a sentence for the administrator."""

from program.errors import ProgramError


class DeployError(ProgramError):
    """The machine lacks something, or has something in the way; the text names it, and the remedy."""


class ServerError(DeployError):
    """A server (PostgreSQL, Mosquitto, Prometheus) does not start; the text names its log."""
