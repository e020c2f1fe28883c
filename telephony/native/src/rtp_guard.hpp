// Lets through only the RTP and RTCP that belong to a call.
#pragma once

namespace voicebot {

// Stands at the socket of every call, below SRTP: what comes from elsewhere than the SDP says is counted and reaches
// neither the decryption nor the stream, so that it can neither be heard nor turn our own RTP away. A re-INVITE that
// names another address is followed.
//
// For a trunk behind NAT an account may latch: in the first 5 s of media the first source that sends three believable
// RTP packets in a row, of a payload type in our SDP and of one SSRC, is taken for the far end, once. From then on RTP
// goes there, and what comes from elsewhere is foreign.
//
// There is one for the whole library. Make it on the control thread between the library's init and its first call.
class RtpGuard {
  public:
    RtpGuard();

    // Whether calls of an account may latch.
    void set_latch(int account_id, bool latch);

    // Returns how many foreign packets a call got since this was last asked, by the library's number of the call.
    unsigned long long take_dropped(int call_number);

    // All calls.
    unsigned long long dropped() const;
    unsigned long long latched() const;
};

}  // namespace voicebot
