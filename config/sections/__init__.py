"""The sections of the settings file: every field with its unit, its limits, its default and the reason for it."""

from config.sections.actions import Actions
from config.sections.alerts import Alerts
from config.sections.analytics import Analytics
from config.sections.base import Secret, Section, Zone
from config.sections.call import Engine, Turns
from config.sections.dialling import Dialling
from config.sections.edge import Edge
from config.sections.inbound import Inbound, InboundLine
from config.sections.places import Log, Paths, Store
from config.sections.privacy import Privacy
from config.sections.rasa import Rasa
from config.sections.scenarios import Scenarios
from config.sections.sip import Sip, Tls
from config.sections.speech import Asr, Tts
from config.sections.transfer import Transfer
from config.sections.trunks import TrunkTable, trunk_password_variable
from config.sections.web import Web

__all__ = [
    "Actions",
    "Alerts",
    "Analytics",
    "Asr",
    "Dialling",
    "Edge",
    "Engine",
    "Inbound",
    "InboundLine",
    "Log",
    "Paths",
    "Privacy",
    "Rasa",
    "Scenarios",
    "Secret",
    "Section",
    "Sip",
    "Store",
    "Tls",
    "Transfer",
    "TrunkTable",
    "Tts",
    "Turns",
    "Web",
    "Zone",
    "trunk_password_variable",
]
