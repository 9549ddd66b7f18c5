"""What can go wrong on a machine, each as one sentence for whoever runs it."""

from program.errors import ProgramError


class DeployError(ProgramError):
    """The machine lacks something, or something on it is in the way; the text says what and what to do."""


class ServerError(DeployError):
    """A server (PostgreSQL, Mosquitto, Prometheus) does not start; the text names its log."""
