"""The way of a contact through all of analytics, and the jobs that lead it there."""
