// The rings file: its layout (ring_layout.py is the other half of this page), its checks, its mapping.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace voicebot {

constexpr std::size_t CALL_ID_BYTES = 64;
constexpr std::int64_t SILENT = -1;
constexpr std::uint64_t LAST_FRAME = 1;

enum SlotState : std::uint64_t { FREE = 0, OPEN = 1, LIVE = 2, ENDED = 3 };

struct RingsHeader {
    char magic[8];
    std::uint64_t byte_order, version, file_bytes, slots, tx_depth, media_depth, frame_samples, sample_rate_hz;
    std::uint64_t bridge_tick;
};

struct SlotWords {
    std::uint64_t epoch, state, tx_read, flush_applied, media_write, underruns, overruns, started;
    std::uint64_t flush_requested, tx_write, media_read, unused[5];
    char call_id[CALL_ID_BYTES];
};

struct TxRecord {
    std::uint64_t epoch;
    std::int64_t number;
    std::uint64_t flags;
    std::int16_t samples[160];
};

struct MediaRecord {
    std::int64_t tick;
    std::uint64_t epoch, bridge_tick;
    std::int64_t number;
    std::uint64_t flushed, arrived;
    std::int16_t heard[160], spoken[160];
};

static_assert(sizeof(RingsHeader) == 80 && sizeof(SlotWords) == 192, "as in ring_layout.py");
static_assert(sizeof(TxRecord) == 344 && sizeof(MediaRecord) == 688, "as in ring_layout.py");
static_assert(offsetof(SlotWords, flush_requested) == 64 && offsetof(SlotWords, call_id) == 128, "by cache lines");

// A mapped rings file, held with a shared lock. Throws std::runtime_error, naming the file and the mend.
class RingsMap {
  public:
    explicit RingsMap(const std::string &path);
    ~RingsMap();
    RingsMap(const RingsMap &) = delete;
    RingsMap &operator=(const RingsMap &) = delete;

    std::size_t count() const { return count_; }
    std::uint64_t media_depth() const { return media_depth_; }
    RingsHeader &header() const { return *reinterpret_cast<RingsHeader *>(base_); }
    SlotWords &words(std::size_t slot) const { return slots_[slot]; }

    TxRecord &tx(std::size_t slot, std::uint64_t number) const {
        return tx_[slot * tx_depth_ + number % tx_depth_];
    }

    MediaRecord &media(std::size_t slot, std::uint64_t tick) const {
        return media_[slot * media_depth_ + tick % media_depth_];
    }

  private:
    void check(const std::string &path);

    int fd_ = -1;
    char *base_ = nullptr;
    std::size_t bytes_ = 0, count_ = 0;
    std::uint64_t tx_depth_ = 0, media_depth_ = 0;
    SlotWords *slots_ = nullptr;
    TxRecord *tx_ = nullptr;
    MediaRecord *media_ = nullptr;
};

}  // namespace voicebot
