// Ports of the library's conference bridge that carry the rings' frames: plain C callbacks, no binding in between.
#pragma once

#include <memory>
#include <vector>

#include "ring_slots.hpp"

namespace voicebot {

struct RingPort;

// One port for each slot, between the two halves of a metronome. In each tick the bridge takes a frame from every port
// that someone listens to, in the order in which they were made, then gives one to every port in the same order: when
// the metronome's second half gets its frame, every port has done its part.
//
// Control thread only. The library must be up; close() comes before its end, while the bridge's clock stands still.
class RingBridge {
  public:
    // Throws std::runtime_error: the conference bridge refused a port.
    explicit RingBridge(std::shared_ptr<RingSlots> slots);
    ~RingBridge();
    RingBridge(const RingBridge &) = delete;
    RingBridge &operator=(const RingBridge &) = delete;

    // Lets a call's audio flow both ways between its port in the conference bridge and a slot.
    void connect(int slot, int conference_port);
    void close();

  private:
    void add(int slot);

    std::shared_ptr<RingSlots> slots_;
    std::vector<RingPort *> ports_;  // by place: metronome, slots, metronome
};

}  // namespace voicebot
