"""The commands of `voicebot`, a module each; imported only when the command is asked for."""
