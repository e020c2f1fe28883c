"""Reception: what an inbound caller meets before the scenario."""
