"""The edge: Kamailio between the trunk and several media workers, configured from our settings."""
