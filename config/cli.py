"""The `voicebot` command."""
