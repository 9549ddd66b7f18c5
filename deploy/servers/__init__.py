"""The real servers that the stack and the tests run, each confined to a namespace and a folder."""

from deploy.servers.alertmanager import Alertmanager
from deploy.servers.confined import Server
from deploy.servers.mosquitto import Account, Mosquitto
from deploy.servers.postgresql import PostgreSQL
from deploy.servers.prometheus import Prometheus

__all__ = ["Account", "Alertmanager", "Mosquitto", "PostgreSQL", "Prometheus", "Server"]
