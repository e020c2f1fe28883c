"""Talking to scenarios in the browser, by microphone or by typing: the section ``talk`` of the pages."""

from config.talk.section import TALK

__all__ = ["TALK"]
