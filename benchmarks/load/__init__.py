"""The media path under load: real calls from SIPp, judged by the packets on the wire."""
