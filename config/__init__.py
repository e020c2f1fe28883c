"""The roof: settings, the composition of concrete parts, and the command line."""
