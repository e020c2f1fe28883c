/*
 * pjproject compiled for hundreds of calls a process. Each line says why it differs from pjproject's default; what is
 * not here is the default. A change rebuilds the library by itself: this file is part of the recipe's hash.
 */

/*
 * Calls. All of them are polled by one thread for signalling and one for media; beyond this a second worker is the way
 * on. telephony/library.py reads this number from the end of the version.
 */
#define PJSUA_MAX_CALLS 512

/* One account a trunk and direction; the default of 8 is four trunks. */
#define PJSUA_MAX_ACC 64

/* Each call has its stream and its ring port in the bridge, and the old pair may still be there while a new one joins. */
#define PJSUA_MAX_CONF_PORTS 2048

/*
 * Sockets, in the signalling queue as in the media queue: RTP and RTCP of 512 calls are 1024, and every INVITE that was
 * refused holds two more for half a second (PJ_IOQUEUE_KEY_FREE_DELAY). The library ends the process when it has none
 * left. With select() it could not be more than 1024 altogether: the build demands epoll.
 */
#define PJ_IOQUEUE_MAX_HANDLES 4096

/* Packets handled a wake-up: 512 calls send 512 packets every 20 ms, the default of 16 asks the kernel 32 times for them. */
#define PJ_IOQUEUE_MAX_EVENTS_IN_SINGLE_POLL 64

/*
 * Transactions stay for 32 s after their final response, so that the default of 1023 is reached at 32 requests a second,
 * and a flood of scanners would shut the trunk out. The number is the size of a hash table too: half a megabyte.
 */
#define PJSIP_MAX_TSX_COUNT 65535
#define PJSIP_MAX_DIALOG_COUNT 65535

/* A burst of requests waits in the kernel while the control thread is busy; the kernel's own limit (net.core.rmem_max)
 * cuts this down without an error. */
#define PJSIP_UDP_SO_RCVBUF_SIZE (4 * 1024 * 1024)
#define PJSIP_UDP_SO_SNDBUF_SIZE (4 * 1024 * 1024)

/*
 * A message over UDP. Beyond 4000 bytes, the default, one with several Via, Record-Route and Identity headers would be
 * cut and dropped. Every message that is sent takes a buffer of this size while its transaction lives, hence not 65535.
 */
#define PJSIP_MAX_PKT_LEN 8000

/*
 * The stream must not follow a foreign source: ten packets from anywhere would take over a live call. Which source
 * counts is decided by our own transport adapter.
 */
#define PJMEDIA_TRANSPORT_SWITCH_REMOTE_ADDR 0

/* Where a media thread is kept from its CPU for a moment, RTP waits here: 256 KB are some 25 s of one G.711 call as the
 * kernel counts (about 1 KB a packet with its bookkeeping), the system's default would do for 4 s and may be set lower. */
#define PJMEDIA_TRANSPORT_SO_RCVBUF_SIZE (256 * 1024)

/* SRTP by libsrtp2, keys in SDP (SDES); DTLS-SRTP is for browsers and stays out with its code. */
#define PJMEDIA_HAS_SRTP 1
#define PJMEDIA_SRTP_HAS_SDES 1
#define PJMEDIA_SRTP_HAS_DTLS 0

/*
 * Level 5 is compiled out: it formats in the middle of timers and media. Level 4 logs whole messages and stays for whoever
 * has to look at a trunk; the worker runs at level 1.
 */
#define PJ_LOG_MAX_LEVEL 4

/*
 * Asserts: the recipe compiles with NDEBUG, which makes PJ_DEBUG 0. pj_assert() then logs at level 1 and goes on, and
 * PJ_ASSERT_RETURN() still returns its error: hostile input costs the message and not the process.
 * (PJ_ENABLE_EXTRA_CHECK has been without effect since 2.13.)
 */
