"""All that is known of one person, over both databases and the recordings: told, given out, erased on request."""
