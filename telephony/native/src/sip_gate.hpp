// What is refused or answered before the library makes anything of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace voicebot {

// A module of the SIP stack that sees every request before the transaction layer. Requests of a dialog that we have
// pass, whoever they come from; of all others
//
// - those with the signature of a scanner are dropped in silence;
// - those from outside the allowed networks get 403 without a transaction, a dialog or a socket being made, and nothing
//   at all beyond 20 a second;
// - OPTIONS is answered at once: 200, or 503 with Retry-After while no calls are taken;
// - those that want their answer sent to a third address (maddr) are dropped.
//
// Besides, INFO with application/dtmf in a call gets 200, and a host name in a Contact that came by UDP becomes the
// address it came from, unless a proxy recorded itself: the library would look the name up on its only thread.
//
// One at a time, until the library's end. Control thread only, as is all of the SIP stack while the library has no
// threads of its own.
class SipGate {
  public:
    // Throws std::runtime_error: the library is not up, or has a gate already.
    SipGate();
    ~SipGate();
    SipGate(const SipGate &) = delete;
    SipGate &operator=(const SipGate &) = delete;

    void allow(const std::string &network);         // IPv4 in CIDR notation
    void add_scanner(const std::string &signature); // part of User-Agent, or a name in From; in any case
    void set_taking_calls(bool taking);
    void set_retry_after(int seconds);

    unsigned long long strangers() const { return strangers_; }
    unsigned long long scanners() const { return scanners_; }
    unsigned long long misrouted() const { return misrouted_; }
    unsigned long long probes() const { return probes_; }

    struct Hooks;  // what the library calls

  private:
    friend struct Hooks;

    struct Network {
        std::uint32_t address, mask;
    };
    std::vector<Network> allowed_;
    std::vector<std::string> signatures_;
    bool taking_calls_ = true;
    int retry_after_s_ = 10;
    unsigned long long strangers_ = 0, scanners_ = 0, misrouted_ = 0, probes_ = 0;
    double refusals_left_ = 0;
    std::int64_t refusals_at_ms_ = 0;
};

}  // namespace voicebot
