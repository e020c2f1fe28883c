#include "rtp_guard.hpp"

#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <new>
#include <stdexcept>

#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

namespace voicebot {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto LATCH_TIME = std::chrono::seconds(5);
constexpr unsigned LATCH_PACKETS = 3;
constexpr unsigned LATCH_MAX_GAP = 4;  // packets lost on the way between two of the three
constexpr pj_ssize_t RTP_HEADER_BYTES = 12;

// Of the whole library, since its callbacks carry nothing of ours.
std::array<std::atomic<bool>, PJSUA_MAX_ACC> latch_of_account;
std::array<std::atomic<unsigned long long>, PJSUA_MAX_CALLS> dropped_of_call;
std::atomic<unsigned long long> all_dropped, all_latched;

bool same(const pj_sockaddr &one, const pj_sockaddr &other) {
    return pj_sockaddr_has_addr(&one) && one.addr.sa_family == other.addr.sa_family &&
           pj_sockaddr_cmp(&one, &other) == 0;
}

bool same_host(const pj_sockaddr &one, const pj_sockaddr &other) {
    pj_sockaddr there = other;
    pj_sockaddr_set_port(&there, pj_sockaddr_get_port(&one));
    return same(one, there);
}

pj_sockaddr next_port(pj_sockaddr address) {
    pj_sockaddr_set_port(&address, static_cast<pj_uint16_t>(pj_sockaddr_get_port(&address) + 1));
    return address;
}

struct Source {
    pj_sockaddr address{};
    std::uint32_t ssrc = 0;
    std::uint16_t sequence = 0;
    unsigned packets = 0;
};

enum class Verdict { PASS, LATCHED, HELD_BACK, FOREIGN };

// What stands at one socket. Its operations replace the transport's own and come first, so that they lead back to it.
struct Guard {
    pjmedia_transport_op op;
    pjmedia_transport_op *below;
    pjmedia_transport *socket;
    int call, account;

    std::mutex mutex;  // callbacks come on the RTP reader, attach and detach on the control thread
    bool attached = false;
    bool telling = false, tell_again = false;
    pjmedia_transport_attach_param above{};  // with the callbacks of whoever is above us
    pj_sockaddr named{}, named_rtcp{};       // by the SDP
    pj_sockaddr former{}, former_rtcp{};     // by the SDP before, whose packets may still be on their way
    bool latched = false, latch_open = false;
    pj_sockaddr latch{}, latch_rtcp{};
    bool latch_rtcp_heard = false;
    Clock::time_point latch_until;
    Source candidate;
    std::bitset<128> payload_types;

    Verdict judge(const pj_sockaddr &source, const void *packet, pj_ssize_t bytes);
    bool judge_rtcp(const pj_sockaddr &source);
    bool believable(const pj_sockaddr &source, const std::uint8_t *packet, pj_ssize_t bytes);
    void close_latch();
    void foreign(unsigned packets);
    pjmedia_transport_attach_param own_param() const;
    pj_status_t tell_socket();
};

Guard *guard_of(pjmedia_transport *socket) { return reinterpret_cast<Guard *>(socket->op); }

void Guard::foreign(unsigned packets) {
    dropped_of_call[call] += packets;
    all_dropped += packets;
}

void Guard::close_latch() {
    latch_open = false;
    foreign(candidate.packets);
    candidate = Source{};
}

bool Guard::believable(const pj_sockaddr &source, const std::uint8_t *packet, pj_ssize_t bytes) {
    if (bytes <= RTP_HEADER_BYTES || packet[0] >> 6 != 2 || !payload_types[packet[1] & 0x7f]) return false;
    const auto sequence = static_cast<std::uint16_t>(packet[2] << 8 | packet[3]);
    const std::uint32_t ssrc = std::uint32_t{packet[8]} << 24 | packet[9] << 16 | packet[10] << 8 | packet[11];
    const auto step = static_cast<std::uint16_t>(sequence - candidate.sequence);
    const bool follows = candidate.packets > 0 && same(candidate.address, source) && candidate.ssrc == ssrc &&
                         step >= 1 && step <= 1 + LATCH_MAX_GAP;
    if (!follows) {
        foreign(candidate.packets);
        candidate.packets = 0;
    }
    candidate = Source{source, ssrc, sequence, candidate.packets + 1};
    return true;
}

Verdict Guard::judge(const pj_sockaddr &source, const void *packet, pj_ssize_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!attached) return Verdict::HELD_BACK;
    if (same(latched ? latch : named, source)) {
        if (latch_open) close_latch();
        return Verdict::PASS;
    }
    if (latch_open && Clock::now() > latch_until) close_latch();
    if (latch_open && believable(source, static_cast<const std::uint8_t *>(packet), bytes)) {
        if (candidate.packets < LATCH_PACKETS) return Verdict::HELD_BACK;
        candidate = Source{};
        latch_open = false;
        latched = true;
        latch = source;
        latch_rtcp = next_port(source);
        latch_rtcp_heard = false;
        ++all_latched;
        return Verdict::LATCHED;
    }
    if (!same(former, source)) foreign(1);
    return Verdict::FOREIGN;
}

bool Guard::judge_rtcp(const pj_sockaddr &source) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!attached) return false;
    if (latched && !latch_rtcp_heard && same_host(latch, source)) {  // NAT maps its port as it likes
        latch_rtcp_heard = true;
        latch_rtcp = source;
    }
    if (same(latched ? latch_rtcp : named_rtcp, source)) return true;
    if (!latch_open && !same(former_rtcp, source)) foreign(1);
    return false;
}

void on_rtp(pjmedia_tp_cb_param *param) {
    auto *guard = static_cast<Guard *>(param->user_data);
    if (guard == nullptr) return;
    pj_sockaddr source{};
    if (param->size >= 0) {
        source = *param->src_addr;
        switch (guard->judge(source, param->pkt, param->size)) {
        case Verdict::PASS: break;
        case Verdict::LATCHED: guard->tell_socket(); break;
        default: return;
        }
    }
    pjmedia_tp_cb_param passed = *param;
    pjmedia_transport_attach_param above;
    {
        const std::lock_guard<std::mutex> lock(guard->mutex);
        if (!guard->attached) return;
        above = guard->above;
        source = guard->named;  // the stream above would follow any other
    }
    passed.user_data = above.user_data;
    passed.src_addr = &source;
    passed.rem_switch = PJ_FALSE;
    // Detaching waits for this callback, so that whoever is above us is still there.
    if (above.rtp_cb2) above.rtp_cb2(&passed);
    else if (above.rtp_cb) above.rtp_cb(above.user_data, passed.pkt, passed.size);
}

void on_rtcp(void *user_data, void *packet, pj_ssize_t bytes) {
    auto *guard = static_cast<Guard *>(user_data);
    if (guard == nullptr) return;
    if (bytes >= 0) {
        pjmedia_transport_info info;
        pjmedia_transport_info_init(&info);
        guard->below->get_info(guard->socket, &info);  // its source is that of the packet at hand
        if (!guard->judge_rtcp(info.src_rtcp_name)) return;
    }
    pjmedia_transport_attach_param above;
    {
        const std::lock_guard<std::mutex> lock(guard->mutex);
        if (!guard->attached) return;
        above = guard->above;
    }
    if (above.rtcp_cb) above.rtcp_cb(above.user_data, packet, bytes);
}

// With our callbacks instead of those above us, and the address where RTP really goes.
pjmedia_transport_attach_param Guard::own_param() const {
    pjmedia_transport_attach_param param = above;
    if (latched) {
        const bool multiplexed = same(param.rem_addr, param.rem_rtcp);
        param.rem_addr = latch;
        param.rem_rtcp = multiplexed ? latch : latch_rtcp;
    }
    param.user_data = const_cast<Guard *>(this);
    param.rtp_cb = nullptr;
    param.rtp_cb2 = on_rtp;
    param.rtcp_cb = on_rtcp;
    return param;
}

// Attaches us to the socket, which also tells it where to send; that may be done again at any time. Whoever comes
// while the other thread is at it leaves it to that one: neither may wait for the other, which may hold the socket's
// own lock.
pj_status_t Guard::tell_socket() {
    for (;;) {
        pjmedia_transport_attach_param own;
        {
            const std::lock_guard<std::mutex> lock(mutex);
            if (telling) {
                tell_again = true;
                return PJ_SUCCESS;
            }
            telling = true;
            tell_again = false;
            own = own_param();
        }
        const pj_status_t status = below->attach2(socket, &own);
        const std::lock_guard<std::mutex> lock(mutex);
        telling = false;
        if (!tell_again) return status;
    }
}

pj_status_t attach2(pjmedia_transport *socket, pjmedia_transport_attach_param *param) {
    Guard *guard = guard_of(socket);
    {
        const std::lock_guard<std::mutex> lock(guard->mutex);
        guard->above = *param;
        guard->attached = true;
        if (!same(guard->named, param->rem_addr)) {
            guard->former = guard->latched ? guard->latch : guard->named;
            guard->former_rtcp = guard->latched ? guard->latch_rtcp : guard->named_rtcp;
            guard->named = param->rem_addr;
            guard->named_rtcp =
                pj_sockaddr_has_addr(&param->rem_rtcp) ? param->rem_rtcp : next_port(param->rem_addr);
            if (guard->latch_open) guard->close_latch();
            guard->latched = false;
            guard->latch_open = latch_of_account[guard->account];
            guard->latch_until = Clock::now() + LATCH_TIME;
        }
    }
    const pj_status_t status = guard->tell_socket();
    if (status != PJ_SUCCESS) {
        const std::lock_guard<std::mutex> lock(guard->mutex);
        guard->attached = false;
    }
    return status;
}

void detach(pjmedia_transport *socket, void *) {
    Guard *guard = guard_of(socket);
    guard->below->detach(socket, guard);
    const std::lock_guard<std::mutex> lock(guard->mutex);
    guard->attached = false;
}

pj_status_t media_start(pjmedia_transport *socket, pj_pool_t *pool, const pjmedia_sdp_session *local,
                        const pjmedia_sdp_session *remote, unsigned index) {
    Guard *guard = guard_of(socket);
    if (local != nullptr && index < local->media_count) {
        const std::lock_guard<std::mutex> lock(guard->mutex);
        const pjmedia_sdp_media *media = local->media[index];
        guard->payload_types.reset();
        for (unsigned place = 0; place < media->desc.fmt_count; ++place) {
            const unsigned long type = pj_strtoul(&media->desc.fmt[place]);
            if (type < guard->payload_types.size()) guard->payload_types.set(type);
        }
    }
    return guard->below->media_start(socket, pool, local, remote, index);
}

void on_destroy(void *guard) { delete static_cast<Guard *>(guard); }

pjmedia_transport *on_create_media_transport(pjsua_call_id call, unsigned media, pjmedia_transport *transport,
                                             unsigned) {
    pjmedia_transport *socket = pjsua_var.calls[call].media_prov[media].tp_orig;  // what we are given is SRTP's
    if (socket == nullptr || socket->type != PJMEDIA_TRANSPORT_TYPE_UDP || socket->grp_lock == nullptr)
        return nullptr;  // the call fails: unguarded there is none
    auto *guard = new (std::nothrow) Guard{};
    if (guard == nullptr) return nullptr;
    guard->op = *socket->op;
    guard->op.attach = nullptr;  // so that every attachment comes by attach2
    guard->op.attach2 = attach2;
    guard->op.detach = detach;
    guard->op.media_start = media_start;
    guard->below = socket->op;
    guard->socket = socket;
    guard->call = call;
    guard->account = pjsua_var.calls[call].acc_id;
    // It lives as long as the socket's transport, whoever lets go of that last.
    if (pj_grp_lock_add_handler(socket->grp_lock, nullptr, guard, on_destroy) != PJ_SUCCESS) {
        delete guard;
        return nullptr;
    }
    socket->op = &guard->op;
    return transport;
}

}  // namespace

RtpGuard::RtpGuard() {
    if (pjsua_get_state() < PJSUA_STATE_INIT) throw std::runtime_error("the SIP library is not set up yet");
    pjsua_var.ua_cfg.cb.on_create_media_transport = on_create_media_transport;
}

void RtpGuard::set_latch(int account_id, bool latch) {
    if (account_id < 0 || account_id >= PJSUA_MAX_ACC)
        throw std::runtime_error("no account " + std::to_string(account_id));
    latch_of_account[account_id] = latch;
}

unsigned long long RtpGuard::take_dropped(int call_number) {
    if (call_number < 0 || call_number >= PJSUA_MAX_CALLS) return 0;
    return dropped_of_call[call_number].exchange(0);
}

unsigned long long RtpGuard::dropped() const { return all_dropped; }

unsigned long long RtpGuard::latched() const { return all_latched; }

}  // namespace voicebot
