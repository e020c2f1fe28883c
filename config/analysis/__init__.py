"""Speech analytics put together: recognisers, steps and the database; what is queued, and the processes that work."""
