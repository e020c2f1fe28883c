#include "ring_bridge.hpp"

#include <cstring>
#include <stdexcept>
#include <string>

#include <pjsua-lib/pjsua.h>

namespace voicebot {

// Belongs to its pjmedia port: the library keeps that until its last reference is gone, which may be after ours.
struct RingPort {
    pjmedia_port base;
    pj_pool_t *pool;
    pjsua_conf_port_id id;
    int slot;  // METRONOME for both of its halves
    std::shared_ptr<RingSlots> slots;
};

namespace {

constexpr int METRONOME = -1;
constexpr unsigned RATE_HZ = 8000, BITS = 16, CHANNELS = 1;

RingPort *port_of(pjmedia_port *base) { return static_cast<RingPort *>(base->port_data.pdata); }

pj_status_t get_frame(pjmedia_port *base, pjmedia_frame *frame) {
    RingPort *port = port_of(base);
    frame->type = PJMEDIA_FRAME_TYPE_AUDIO;
    frame->size = FRAME_BYTES;
    if (port->slot == METRONOME || !port->slots->take(port->slot, static_cast<char *>(frame->buf), FRAME_BYTES))
        std::memset(frame->buf, 0, FRAME_BYTES);
    return PJ_SUCCESS;
}

pj_status_t put_frame(pjmedia_port *base, pjmedia_frame *frame) {
    RingPort *port = port_of(base);
    // Without a transmitter (the metronome's first half has none) the bridge gives empty frames.
    if (frame->type != PJMEDIA_FRAME_TYPE_AUDIO || frame->size != FRAME_BYTES) return PJ_SUCCESS;
    if (port->slot == METRONOME) port->slots->close_tick();
    else port->slots->hear(port->slot, static_cast<const char *>(frame->buf), FRAME_BYTES);
    return PJ_SUCCESS;
}

pj_status_t on_destroy(pjmedia_port *base) {
    RingPort *port = port_of(base);
    pj_pool_t *pool = port->pool;
    delete port;
    pj_pool_release(pool);
    return PJ_SUCCESS;
}

void check(pj_status_t status, const char *what) {
    if (status == PJ_SUCCESS) return;
    char text[PJ_ERR_MSG_SIZE];
    const pj_str_t reason = pj_strerror(status, text, sizeof text);
    throw std::runtime_error(std::string(what) + ": " + std::string(reason.ptr, reason.slen));
}

}  // namespace

RingBridge::RingBridge(std::shared_ptr<RingSlots> slots) : slots_(std::move(slots)) {
    try {
        add(METRONOME);
        for (int slot = 0; slot < slots_->count(); ++slot) add(slot);
        add(METRONOME);
        check(pjsua_conf_connect(ports_.front()->id, ports_.back()->id), "the metronome cannot be joined");
    } catch (...) {
        close();
        throw;
    }
}

RingBridge::~RingBridge() {
    // Without an explicit close this runs at some collection; after the library's end there is nothing left to do.
    if (pjsua_get_state() != PJSUA_STATE_NULL && pj_thread_is_registered()) close();
}

void RingBridge::connect(int slot, int conference_port) {
    if (slot < 0 || slot >= slots_->count() || ports_.empty())
        throw std::runtime_error("no ring port " + std::to_string(slot));
    const pjsua_conf_port_id ours = ports_[slot + 1]->id;
    check(pjsua_conf_connect(conference_port, ours), "a call cannot be heard");
    check(pjsua_conf_connect(ours, conference_port), "a call cannot be spoken to");
}

void RingBridge::close() {
    for (RingPort *port : ports_) {
        if (port->id != PJSUA_INVALID_ID) pjsua_conf_remove_port(port->id);
        pjmedia_port_destroy(&port->base);
    }
    ports_.clear();
}

void RingBridge::add(int slot) {
    pj_pool_t *pool = pjsua_pool_create("ring%p", 512, 512);
    if (pool == nullptr) throw std::runtime_error("no memory for a ring port");
    auto *port = new RingPort{};
    port->pool = pool;
    port->id = PJSUA_INVALID_ID;
    port->slot = slot;
    port->slots = slots_;
    const std::string name = "ring-" + std::to_string(ports_.size());
    pj_str_t label;
    pj_strdup2_with_null(pool, &label, name.c_str());
    pjmedia_port_info_init(&port->base.info, &label, PJMEDIA_SIG_CLASS_APP('V', 'B', 'R'), RATE_HZ, CHANNELS, BITS,
                           FRAME_SAMPLES);
    port->base.port_data.pdata = port;
    port->base.get_frame = get_frame;
    port->base.put_frame = put_frame;
    port->base.on_destroy = on_destroy;
    const pj_status_t locked = pjmedia_port_init_grp_lock(&port->base, pool, nullptr);
    if (locked != PJ_SUCCESS) {
        on_destroy(&port->base);
        check(locked, "no lock for a ring port");
    }
    ports_.push_back(port);
    check(pjsua_conf_add_port(pool, &port->base, &port->id), "the conference bridge refused a ring port");
}

}  // namespace voicebot
