"""SIP and RTP: the media worker process, the shared-memory rings and the call lines built on them."""
