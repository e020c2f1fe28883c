"""The recogniser in the box: log-mel frames, one small network for Russian and Kazakh letters, and its decoding."""
