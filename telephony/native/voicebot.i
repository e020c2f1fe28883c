// Our own C++ as Python sees it: included at the end of pjproject's pjsua2.i, so that it is in the same module.

%{
#include "ring_bridge.hpp"
#include "ring_slots.hpp"
#include "rtp_guard.hpp"
#include "sip_gate.hpp"
%}

%include <exception.i>
%include <pybuffer.i>
%include <std_shared_ptr.i>

%exception {
    try {
        $action
    } catch (const std::exception &error) {
        SWIG_exception(SWIG_RuntimeError, error.what());
    }
}

%pybuffer_binary(const char *pcm, std::size_t pcm_bytes)
%pybuffer_mutable_binary(char *pcm, std::size_t pcm_bytes)
%shared_ptr(voicebot::RingSlots)

%include "ring_slots.hpp"
%include "ring_bridge.hpp"
%include "rtp_guard.hpp"
%include "sip_gate.hpp"

%exception;
