#include "ring_slots.hpp"

#include "rings_map.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <unistd.h>

namespace voicebot {
namespace {

constexpr unsigned FLUSH_EPOCH_SHIFT = 40;
constexpr std::uint64_t FLUSH_BOUND_MASK = (std::uint64_t{1} << FLUSH_EPOCH_SHIFT) - 1;
constexpr std::uint64_t FLUSH_EPOCH_MASK = (std::uint64_t{1} << 24) - 1;

// Words that the other process reads or writes, and the order in which it must see them (RINGS.md: †).
template <typename Word> Word acquired(const Word &word) { return __atomic_load_n(&word, __ATOMIC_ACQUIRE); }
template <typename Word> Word own(const Word &word) { return __atomic_load_n(&word, __ATOMIC_RELAXED); }
template <typename Word, typename Value> void store(Word &word, Value value) {
    __atomic_store_n(&word, static_cast<Word>(value), __ATOMIC_RELAXED);
}
template <typename Word, typename Value> void release_store(Word &word, Value value) {
    __atomic_store_n(&word, static_cast<Word>(value), __ATOMIC_RELEASE);
}

std::uint64_t flush_bound(std::uint64_t word, std::uint64_t epoch) {
    return word >> FLUSH_EPOCH_SHIFT == (epoch & FLUSH_EPOCH_MASK) ? word & FLUSH_BOUND_MASK : 0;
}

}  // namespace

// What the contract does not show: what this tick sends and hears, and who hears whom.
struct RingSlots::Slot {
    bool sending = false, receiving = false, expects_more = false;
    bool has_heard = false, had_heard = false, has_spoken = false;
    std::int64_t sent = SILENT;
    int joined = -1;
    std::size_t apology_at = 0;
    Frame heard{}, heard_before{}, spoken{};
};

RingSlots::RingSlots(const std::string &path, int wake_fd)
    : map_(std::make_unique<RingsMap>(path)), slots_(map_->count()), wake_fd_(wake_fd) {}

RingSlots::~RingSlots() = default;

RingSlots::Slot &RingSlots::at(int slot) const {
    if (slot < 0 || static_cast<std::size_t>(slot) >= slots_.size())
        throw std::runtime_error("no ring slot " + std::to_string(slot) + "; there are " + std::to_string(count()));
    return const_cast<Slot &>(slots_[static_cast<std::size_t>(slot)]);
}

int RingSlots::count() const { return static_cast<int>(slots_.size()); }

int RingSlots::state(int slot) const {
    at(slot);
    return static_cast<int>(own(map_->words(slot).state));
}

unsigned long long RingSlots::ticks(int slot) const {
    at(slot);
    return own(map_->words(slot).media_write);
}

int RingSlots::free_slots() const {
    int free = 0;
    for (int slot = 0; slot < count(); ++slot) free += state(slot) == FREE;
    return free;
}

int RingSlots::free_slot() const {
    for (int slot = 0; slot < count(); ++slot)
        if (state(slot) == FREE) return slot;
    return -1;
}

unsigned long long RingSlots::open(int slot, const std::string &call_id) {
    Slot &mine = at(slot);
    SlotWords &words = map_->words(slot);
    const std::lock_guard<std::mutex> guard(mutex_);
    if (own(words.state) != FREE) throw std::runtime_error("ring slot " + std::to_string(slot) + " is still in use");
    if (call_id.size() > CALL_ID_BYTES)
        throw std::runtime_error("call id of " + std::to_string(call_id.size()) + " bytes; at most " +
                                 std::to_string(CALL_ID_BYTES) + " fit the rings");
    part_locked(slot);
    mine = Slot{};
    for (std::uint64_t *word : {&words.tx_read, &words.flush_applied, &words.media_write, &words.underruns,
                                &words.overruns, &words.started, &words.media_read})
        store(*word, 0);
    std::memset(words.call_id, 0, sizeof words.call_id);
    std::memcpy(words.call_id, call_id.data(), call_id.size());
    const std::uint64_t epoch = own(words.epoch) + 1;
    release_store(words.epoch, epoch);
    release_store(words.state, OPEN);
    return epoch;
}

void RingSlots::start(int slot, bool sending) {
    Slot &mine = at(slot);
    SlotWords &words = map_->words(slot);
    const std::lock_guard<std::mutex> guard(mutex_);
    if (own(words.state) == OPEN) {
        store(words.started, own(map_->header().bridge_tick));
        release_store(words.state, LIVE);
    }
    mine.receiving = own(words.state) == LIVE;
    mine.sending = mine.receiving && sending;
}

void RingSlots::set_sending(int slot) {
    Slot &mine = at(slot);
    const std::lock_guard<std::mutex> guard(mutex_);
    mine.sending = true;
}

void RingSlots::pause(int slot) {
    Slot &mine = at(slot);
    const std::lock_guard<std::mutex> guard(mutex_);
    mine.sending = mine.receiving = false;
}

void RingSlots::end(int slot) {
    Slot &mine = at(slot);
    const std::lock_guard<std::mutex> guard(mutex_);
    mine.sending = mine.receiving = false;
    part_locked(slot);
    release_store(map_->words(slot).state, ENDED);
}

void RingSlots::release(int slot, unsigned long long epoch) {
    if (slot < 0 || slot >= count()) return;
    SlotWords &words = map_->words(slot);
    const std::lock_guard<std::mutex> guard(mutex_);
    if (own(words.epoch) == epoch && own(words.state) == ENDED) release_store(words.state, FREE);
}

void RingSlots::join(int slot, int other) {
    Slot &mine = at(slot), &theirs = at(other);
    const std::lock_guard<std::mutex> guard(mutex_);
    if (slot == other) throw std::runtime_error("a call cannot be joined to itself");
    part_locked(slot);
    part_locked(other);
    mine.joined = other;
    theirs.joined = slot;
}

void RingSlots::part(int slot) {
    at(slot);
    const std::lock_guard<std::mutex> guard(mutex_);
    part_locked(slot);
}

void RingSlots::apologise(const char *pcm, std::size_t pcm_bytes) {
    const std::lock_guard<std::mutex> guard(mutex_);
    apology_.resize(pcm_bytes / FRAME_BYTES);
    if (!apology_.empty()) std::memcpy(apology_.data(), pcm, apology_.size() * FRAME_BYTES);
    for (Slot &slot : slots_) slot.apology_at = 0;
}

bool RingSlots::apologising() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return std::any_of(slots_.begin(), slots_.end(), [this](const Slot &slot) {
        return slot.sending && slot.apology_at < apology_.size();
    });
}

bool RingSlots::take(int slot, char *pcm, std::size_t pcm_bytes) noexcept {
    if (slot < 0 || slot >= count() || pcm_bytes != FRAME_BYTES) return false;
    const std::lock_guard<std::mutex> guard(mutex_);
    Slot &mine = slots_[slot];
    if (!mine.sending) return false;
    if (!apology_.empty()) {
        if (mine.apology_at == apology_.size()) return false;
        mine.spoken = apology_[mine.apology_at++];
        mine.has_spoken = true;
    } else if (next_frame(slot, mine.spoken)) {
        mine.has_spoken = true;
    } else if (mine.joined >= 0 && slots_[mine.joined].had_heard) {
        mine.spoken = slots_[mine.joined].heard_before;
        mine.has_spoken = true;
    }
    if (mine.has_spoken) std::memcpy(pcm, mine.spoken.data(), FRAME_BYTES);
    return mine.has_spoken;
}

void RingSlots::hear(int slot, const char *pcm, std::size_t pcm_bytes) noexcept {
    if (slot < 0 || slot >= count() || pcm_bytes != FRAME_BYTES) return;
    const std::lock_guard<std::mutex> guard(mutex_);
    Slot &mine = slots_[slot];
    if (!mine.receiving) return;
    std::memcpy(mine.heard.data(), pcm, FRAME_BYTES);
    mine.has_heard = true;
}

void RingSlots::close_tick() noexcept {
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
        // Taken for each slot: the control thread never waits for the whole tick, nor the tick for it.
        const std::lock_guard<std::mutex> guard(mutex_);
        if (own(map_->words(slot).state) == LIVE) commit(slot);
        Slot &mine = slots_[slot];
        mine.had_heard = mine.has_heard;
        if (mine.has_heard) mine.heard_before = mine.heard;
        mine.has_heard = mine.has_spoken = false;
        mine.sent = SILENT;
    }
    std::uint64_t &tick = map_->header().bridge_tick;
    release_store(tick, own(tick) + 1);
    const std::uint64_t one = 1;
    // The engine's eventfd does not block: when it is full the engine has been woken long ago.
    [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
}

bool RingSlots::next_frame(std::size_t slot, Frame &frame) noexcept {
    apply_flush(slot);
    Slot &mine = slots_[slot];
    SlotWords &words = map_->words(slot);
    const std::uint64_t expected = own(words.tx_read);
    const TxRecord &record = map_->tx(slot, expected);
    if (static_cast<std::uint64_t>(acquired(record.number)) != expected || own(record.epoch) != own(words.epoch)) {
        if (mine.expects_more) store(words.underruns, own(words.underruns) + 1);
        return false;
    }
    mine.expects_more = !(own(record.flags) & LAST_FRAME);
    std::memcpy(frame.data(), record.samples, FRAME_BYTES);
    mine.sent = static_cast<std::int64_t>(expected);
    release_store(words.tx_read, expected + 1);  // not before the copy: the record is the engine's again
    return true;
}

void RingSlots::apply_flush(std::size_t slot) noexcept {
    SlotWords &words = map_->words(slot);
    const std::uint64_t requested = acquired(words.flush_requested);
    if (requested == own(words.flush_applied)) return;
    const std::uint64_t bound = flush_bound(requested, own(words.epoch));
    if (bound > own(words.tx_read)) {
        release_store(words.tx_read, bound);
        slots_[slot].expects_more = false;
    }
    release_store(words.flush_applied, requested);
}

void RingSlots::commit(std::size_t slot) noexcept {
    apply_flush(slot);
    const Slot &mine = slots_[slot];
    SlotWords &words = map_->words(slot);
    const std::uint64_t tick = own(words.media_write);
    if (tick - acquired(words.media_read) >= map_->media_depth()) store(words.overruns, own(words.overruns) + 1);
    MediaRecord &record = map_->media(slot, tick);
    store(record.tick, SILENT);
    __atomic_thread_fence(__ATOMIC_RELEASE);  // nothing of the new record before that
    store(record.epoch, own(words.epoch));
    store(record.bridge_tick, own(map_->header().bridge_tick));
    store(record.number, mine.sent);
    store(record.flushed, own(words.flush_applied));
    store(record.arrived, mine.has_heard ? 1 : 0);
    if (mine.has_heard) std::memcpy(record.heard, mine.heard.data(), FRAME_BYTES);
    else std::memset(record.heard, 0, FRAME_BYTES);
    if (mine.has_spoken) std::memcpy(record.spoken, mine.spoken.data(), FRAME_BYTES);
    else std::memset(record.spoken, 0, FRAME_BYTES);
    release_store(record.tick, tick);
    release_store(words.media_write, tick + 1);
}

void RingSlots::part_locked(std::size_t slot) noexcept {
    int &joined = slots_[slot].joined;
    if (joined < 0) return;
    slots_[joined].joined = -1;
    joined = -1;
}

}  // namespace voicebot
