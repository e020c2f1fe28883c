#include "rings_map.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace voicebot {
namespace {

constexpr char MAGIC[] = "VBRINGS\n";
constexpr std::uint64_t VERSION = 1;
constexpr std::uint64_t BYTE_ORDER_MARK = 0x0102030405060708;
constexpr std::size_t PAGE_BYTES = 4096;

std::size_t page(std::size_t offset) { return (offset + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES; }

[[noreturn]] void refuse(const std::string &path, const std::string &why) {
    throw std::runtime_error(path + ": " + why);
}

}  // namespace

RingsMap::RingsMap(const std::string &path) {
    fd_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd_ < 0) refuse(path, std::string("cannot open the rings (") + std::strerror(errno) + ")");
    try {
        if (::flock(fd_, LOCK_SH) != 0)
            refuse(path, std::string("cannot lock the rings (") + std::strerror(errno) + ")");
        check(path);
    } catch (...) {
        ::close(fd_);
        throw;
    }
}

RingsMap::~RingsMap() {
    ::munmap(base_, bytes_);
    ::close(fd_);
}

void RingsMap::check(const std::string &path) {
    RingsHeader header;
    const ssize_t got = ::pread(fd_, &header, sizeof header, 0);
    if (got < static_cast<ssize_t>(sizeof header)) refuse(path, "not a rings file (too short); remove it");
    if (std::memcmp(header.magic, MAGIC, sizeof header.magic) != 0)
        refuse(path, "not a rings file (bad magic); remove it");
    if (header.byte_order != BYTE_ORDER_MARK || header.version != VERSION)
        refuse(path, "rings of version " + std::to_string(header.version) + ", this program has " +
                         std::to_string(VERSION) + "; remove it");
    if (header.frame_samples != 160 || header.sample_rate_hz != 8000)
        refuse(path, "rings of another frame size or sample rate; remove it");
    if (header.slots < 1 || header.slots > 4096 || header.tx_depth < 16 || header.tx_depth > 65536 ||
        header.media_depth < 200 || header.media_depth > 1048576)
        refuse(path, "damaged rings header; remove it");
    count_ = header.slots;
    tx_depth_ = header.tx_depth;
    media_depth_ = header.media_depth;
    const std::size_t slots_at = PAGE_BYTES;
    const std::size_t tx_at = page(slots_at + count_ * sizeof(SlotWords));
    const std::size_t media_at = page(tx_at + count_ * tx_depth_ * sizeof(TxRecord));
    bytes_ = page(media_at + count_ * media_depth_ * sizeof(MediaRecord));
    struct stat found {};
    if (::fstat(fd_, &found) != 0 || header.file_bytes != bytes_ || static_cast<std::size_t>(found.st_size) < bytes_)
        refuse(path, "damaged rings file (" + std::to_string(found.st_size) + " bytes, " + std::to_string(bytes_) +
                         " wanted); remove it");
    void *mapped = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (mapped == MAP_FAILED) refuse(path, std::string("cannot map the rings (") + std::strerror(errno) + ")");
    base_ = static_cast<char *>(mapped);
    slots_ = reinterpret_cast<SlotWords *>(base_ + slots_at);
    tx_ = reinterpret_cast<TxRecord *>(base_ + tx_at);
    media_ = reinterpret_cast<MediaRecord *>(base_ + media_at);
}

}  // namespace voicebot
