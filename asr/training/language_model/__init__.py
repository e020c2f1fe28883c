"""Language models for the built-in recogniser: their texts and their estimation."""
