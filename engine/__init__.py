"""The core: values, ports, turn-taking, the call session, dialling and the store; imports nothing above it."""
