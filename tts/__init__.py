"""Speaking: synthesizers, the prompt cache and the rendering of prompts ahead of their turn."""
