"""Understanding of callers: rules and examples in YAML, a classifier trained at load, slots from engine/spoken."""
