"""Training of the built-in recogniser: scripts to be run as ``python -m asr.training.<step> --help``; see README.md."""
