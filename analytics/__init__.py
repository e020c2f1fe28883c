"""Speech analytics: what is measured on a finished recording."""
