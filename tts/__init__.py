"""Speaking: synthesizers, the prompt cache and the rendering of prompts ahead of their turn."""

import os

# ONNX Runtime's wheel reports to its maker and writes a device id, unless this is set before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
