"""The media worker: a process of its own that speaks SIP and RTP and knows nothing of dialogs."""
