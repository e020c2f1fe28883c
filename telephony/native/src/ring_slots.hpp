// The worker's end of the rings, word by word as RINGS.md says. Knows nothing of the SIP library.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace voicebot {

constexpr std::size_t FRAME_SAMPLES = 160;
constexpr std::size_t FRAME_BYTES = 2 * FRAME_SAMPLES;

using Frame = std::array<std::int16_t, FRAME_SAMPLES>;

class RingsMap;

// All slots of one rings file. Slots change hands on the control thread and ticks are written on the clock thread; a
// mutex keeps them apart, held for one slot's part of a tick at most. Everything that can fail throws
// std::runtime_error from the control thread's methods; those of the clock thread never throw.
class RingSlots {
  public:
    // Maps an existing rings file. wake_fd is the engine's eventfd; it stays the caller's.
    RingSlots(const std::string &path, int wake_fd);
    ~RingSlots();
    RingSlots(const RingSlots &) = delete;
    RingSlots &operator=(const RingSlots &) = delete;

    // Control thread.
    int count() const;
    int state(int slot) const;
    unsigned long long ticks(int slot) const;
    int free_slots() const;
    int free_slot() const;  // -1 when there is none
    unsigned long long open(int slot, const std::string &call_id);
    void start(int slot, bool sending);
    void set_sending(int slot);
    void pause(int slot);
    void end(int slot);
    void release(int slot, unsigned long long epoch);
    void join(int slot, int other);
    void part(int slot);
    void apologise(const char *pcm, std::size_t pcm_bytes);
    bool apologising() const;

    // Clock thread, in each bridge tick: take and hear at most once for a slot, then close_tick once.
    bool take(int slot, char *pcm, std::size_t pcm_bytes) noexcept;
    void hear(int slot, const char *pcm, std::size_t pcm_bytes) noexcept;
    void close_tick() noexcept;

  private:
    struct Slot;

    Slot &at(int slot) const;
    bool next_frame(std::size_t slot, Frame &frame) noexcept;
    void apply_flush(std::size_t slot) noexcept;
    void commit(std::size_t slot) noexcept;
    void part_locked(std::size_t slot) noexcept;

    std::unique_ptr<RingsMap> map_;
    std::vector<Slot> slots_;
    std::vector<Frame> apology_;
    int wake_fd_;
    mutable std::mutex mutex_;
};

}  // namespace voicebot
