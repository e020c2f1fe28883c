#include "sip_gate.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

namespace voicebot {
namespace {

constexpr double REFUSALS_A_SECOND = 20;

SipGate *gate = nullptr;

pj_bool_t on_rx_request(pjsip_rx_data *rdata);
pj_bool_t on_rx_response(pjsip_rx_data *rdata);
void on_tsx_state(pjsip_transaction *tsx, pjsip_event *event);

pjsip_module gate_module() {
    static char name[] = "mod-voicebot-gate";
    pjsip_module module{};
    module.name = pj_str(name);
    module.id = -1;
    module.priority = PJSIP_MOD_PRIORITY_TSX_LAYER - 1;
    module.on_rx_request = on_rx_request;
    module.on_rx_response = on_rx_response;
    return module;
}

pjsip_module keys_module() {
    static char name[] = "mod-voicebot-keys";
    pjsip_module module{};
    module.name = pj_str(name);
    module.id = -1;
    module.priority = PJSIP_MOD_PRIORITY_DIALOG_USAGE + 1;  // after the library has had its turn
    module.on_tsx_state = on_tsx_state;
    return module;
}

pjsip_module at_the_gate = gate_module();
pjsip_module in_the_dialog = keys_module();

std::int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

bool is_info(const pjsip_method &method) {
    static const pj_str_t INFO = {const_cast<char *>("INFO"), 4};
    return pj_strcmp(&method.name, &INFO) == 0;
}

bool carries_a_key(const pjsip_msg *message) {
    const pjsip_media_type *type = message->body ? &message->body->content_type : nullptr;
    return type && pj_stricmp2(&type->type, "application") == 0 && pj_stricmp2(&type->subtype, "dtmf") == 0;
}

bool is_address(const pj_str_t &host) {
    pj_in6_addr parsed;  // large enough for either
    return pj_inet_pton(pj_AF_INET(), &host, &parsed) == PJ_SUCCESS ||
           pj_inet_pton(pj_AF_INET6(), &host, &parsed) == PJ_SUCCESS;
}

pjsip_sip_uri *sip_uri(pjsip_uri *uri) {
    if (uri == nullptr || (!PJSIP_URI_SCHEME_IS_SIP(uri) && !PJSIP_URI_SCHEME_IS_SIPS(uri))) return nullptr;
    return static_cast<pjsip_sip_uri *>(pjsip_uri_get_uri(uri));
}

// A Contact is where the later requests of the dialog go.
void replace_host_name(pjsip_rx_data *rdata) {
    pjsip_msg *message = rdata->msg_info.msg;
    if (PJSIP_TRANSPORT_IS_RELIABLE(rdata->tp_info.transport)) return;  // a connection has its peer
    auto *contact = static_cast<pjsip_contact_hdr *>(pjsip_msg_find_hdr(message, PJSIP_H_CONTACT, nullptr));
    if (contact == nullptr || contact->star || rdata->msg_info.record_route != nullptr) return;
    pjsip_sip_uri *uri = sip_uri(contact->uri);
    if (uri == nullptr) return;
    const pj_str_t &target = uri->maddr_param.slen > 0 ? uri->maddr_param : uri->host;
    if (is_address(target)) return;
    uri->maddr_param.slen = 0;
    pj_strdup2_with_null(rdata->tp_info.pool, &uri->host, rdata->pkt_info.src_name);
    uri->port = rdata->pkt_info.src_port;
}

void respond(pjsip_rx_data *rdata, int status, int retry_after_s) {
    pjsip_endpoint *endpoint = pjsua_get_pjsip_endpt();
    pjsip_tx_data *tdata = nullptr;
    if (pjsip_endpt_create_response(endpoint, rdata, status, nullptr, &tdata) != PJ_SUCCESS) return;
    if (status == 200)
        for (const int kind : {PJSIP_H_ALLOW, PJSIP_H_ACCEPT, PJSIP_H_SUPPORTED})
            if (const pjsip_hdr *header = pjsip_endpt_get_capability(endpoint, kind, nullptr))
                pjsip_msg_add_hdr(tdata->msg, static_cast<pjsip_hdr *>(pjsip_hdr_clone(tdata->pool, header)));
    if (status == 503)
        pjsip_msg_add_hdr(tdata->msg, reinterpret_cast<pjsip_hdr *>(
                                          pjsip_retry_after_hdr_create(tdata->pool, retry_after_s)));
    pjsip_response_addr address;
    if (pjsip_get_response_addr(tdata->pool, rdata, &address) != PJ_SUCCESS ||
        pjsip_endpt_send_response(endpoint, &address, tdata, nullptr, nullptr) != PJ_SUCCESS)
        pjsip_tx_data_dec_ref(tdata);
}

}  // namespace

struct SipGate::Hooks {
    static bool knows(const SipGate &gate, const pjsip_rx_data *rdata) {
        if (rdata->pkt_info.src_addr.addr.sa_family != pj_AF_INET()) return false;
        const std::uint32_t source = pj_ntohl(rdata->pkt_info.src_addr.ipv4.sin_addr.s_addr);
        return std::any_of(gate.allowed_.begin(), gate.allowed_.end(),
                           [source](const Network &network) { return (source & network.mask) == network.address; });
    }

    static bool scans(const SipGate &gate, const pjsip_rx_data *rdata) {
        static const pj_str_t USER_AGENT = {const_cast<char *>("User-Agent"), 10};
        const pjsip_msg *message = rdata->msg_info.msg;
        const auto *agent = static_cast<const pjsip_generic_string_hdr *>(
            pjsip_msg_find_hdr_by_name(message, &USER_AGENT, nullptr));
        pjsip_fromto_hdr *from = rdata->msg_info.from;
        const pjsip_sip_uri *uri = sip_uri(from->uri);
        const auto *named = from->uri && pjsip_uri_get_uri(from->uri) != from->uri
                                ? reinterpret_cast<const pjsip_name_addr *>(from->uri)
                                : nullptr;
        return std::any_of(gate.signatures_.begin(), gate.signatures_.end(), [&](const std::string &signature) {
            const pj_str_t wanted = {const_cast<char *>(signature.data()), static_cast<pj_ssize_t>(signature.size())};
            return (agent && pj_stristr(&agent->hvalue, &wanted)) ||
                   (named && pj_stricmp(&named->display, &wanted) == 0) ||
                   (uri && pj_stricmp(&uri->user, &wanted) == 0);
        });
    }

    static bool may_refuse(SipGate &gate) {
        const std::int64_t now = now_ms();
        const double gained = static_cast<double>(now - gate.refusals_at_ms_) * REFUSALS_A_SECOND / 1000;
        gate.refusals_left_ = std::min(REFUSALS_A_SECOND, gate.refusals_left_ + gained);
        gate.refusals_at_ms_ = now;
        if (gate.refusals_left_ < 1) return false;
        gate.refusals_left_ -= 1;
        return true;
    }

    // Whether the request goes no further.
    static bool stops(SipGate &gate, pjsip_rx_data *rdata) {
        const pjsip_method &method = rdata->msg_info.msg->line.req.method;
        if (rdata->msg_info.via->maddr_param.slen > 0) {
            ++gate.misrouted_;
            return true;
        }
        const pj_str_t &to_tag = rdata->msg_info.to->tag;
        if (to_tag.slen > 0) {
            pjsip_dialog *dialog =
                pjsip_ua_find_dialog(&rdata->msg_info.cid->id, &to_tag, &rdata->msg_info.from->tag, PJ_FALSE);
            if (dialog != nullptr) {
                if (is_info(method) && carries_a_key(rdata->msg_info.msg) &&
                    !pjsip_dlg_has_usage(dialog, &in_the_dialog))
                    pjsip_dlg_add_usage(dialog, &in_the_dialog, nullptr);
                return false;
            }
        }
        if (scans(gate, rdata)) {
            ++gate.scanners_;
            return true;
        }
        if (!knows(gate, rdata)) {
            ++gate.strangers_;
            if (method.id != PJSIP_ACK_METHOD && may_refuse(gate)) respond(rdata, PJSIP_SC_FORBIDDEN, 0);
            return true;
        }
        if (method.id == PJSIP_OPTIONS_METHOD && to_tag.slen == 0) {
            ++gate.probes_;
            respond(rdata, gate.taking_calls_ ? PJSIP_SC_OK : PJSIP_SC_SERVICE_UNAVAILABLE, gate.retry_after_s_);
            return true;
        }
        return false;
    }

    static void adopt(SipGate *newcomer) { gate = newcomer; }
};

namespace {

pj_bool_t on_rx_request(pjsip_rx_data *rdata) {
    if (gate == nullptr) return PJ_FALSE;
    if (SipGate::Hooks::stops(*gate, rdata)) return PJ_TRUE;
    replace_host_name(rdata);
    return PJ_FALSE;
}

pj_bool_t on_rx_response(pjsip_rx_data *rdata) {
    const int status = rdata->msg_info.msg->line.status.code;
    if (status > 100 && status < 300) replace_host_name(rdata);
    return PJ_FALSE;
}

// The library knows application/dtmf-relay alone, and would answer 500.
void on_tsx_state(pjsip_transaction *tsx, pjsip_event *event) {
    if (event->type != PJSIP_EVENT_TSX_STATE || event->body.tsx_state.type != PJSIP_EVENT_RX_MSG ||
        tsx->role != PJSIP_ROLE_UAS || tsx->status_code >= 200 || !is_info(tsx->method))
        return;
    pjsip_rx_data *rdata = event->body.tsx_state.src.rdata;
    pjsip_dialog *dialog = pjsip_tsx_get_dlg(tsx);
    if (dialog == nullptr || rdata == nullptr || !carries_a_key(rdata->msg_info.msg)) return;
    pjsip_tx_data *tdata = nullptr;
    if (pjsip_dlg_create_response(dialog, rdata, PJSIP_SC_OK, nullptr, &tdata) == PJ_SUCCESS)
        pjsip_dlg_send_response(dialog, tsx, tdata);
}

}  // namespace

SipGate::SipGate() {
    if (pjsua_get_state() < PJSUA_STATE_INIT) throw std::runtime_error("the SIP library is not set up yet");
    if (gate != nullptr) throw std::runtime_error("the SIP library has a gate already");
    pjsip_endpoint *endpoint = pjsua_get_pjsip_endpt();
    if (pjsip_endpt_register_module(endpoint, &in_the_dialog) != PJ_SUCCESS)
        throw std::runtime_error("the SIP library refused the module of keys");
    if (pjsip_endpt_register_module(endpoint, &at_the_gate) != PJ_SUCCESS) {
        pjsip_endpt_unregister_module(endpoint, &in_the_dialog);
        throw std::runtime_error("the SIP library refused the gate");
    }
    Hooks::adopt(this);
}

SipGate::~SipGate() {
    if (gate == this) Hooks::adopt(nullptr);
}

void SipGate::allow(const std::string &network) {
    const std::size_t slash = network.find('/');
    const std::string host = network.substr(0, slash);
    const pj_str_t text = {const_cast<char *>(host.data()), static_cast<pj_ssize_t>(host.size())};
    pj_in_addr parsed;
    int bits = 32;
    try {
        if (slash != std::string::npos) bits = std::stoi(network.substr(slash + 1));
    } catch (const std::exception &) {
        bits = -1;
    }
    if (bits < 0 || bits > 32 || pj_inet_pton(pj_AF_INET(), &text, &parsed) != PJ_SUCCESS)
        throw std::runtime_error(network + " is no IPv4 network");
    const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
    allowed_.push_back({pj_ntohl(parsed.s_addr) & mask, mask});
}

void SipGate::add_scanner(const std::string &signature) {
    if (signature.empty()) throw std::runtime_error("an empty signature would fit everyone");
    signatures_.push_back(signature);
}

void SipGate::set_taking_calls(bool taking) { taking_calls_ = taking; }

void SipGate::set_retry_after(int seconds) { retry_after_s_ = seconds; }

}  // namespace voicebot
