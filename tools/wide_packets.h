/* A row of segments (wire/segments.py) in three lines of eight words, where the processor puts 64
 * octets in any order at once. The caller has found a whole TCP header with timestamps alone. */
#if defined(__x86_64__) && !defined(UNSTICK_NARROW)
#include <immintrin.h>

static inline int unstick_packets_wide(void) {
    return __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw");
}

/* The octets that are taken end with TSVAL: so the TCP header begins at the same one, whatever is
 * before it. One that is never wanted is made zero. */
#define UNSTICK_TCP 36
#define UNSTICK_Z 2

/* Which octets make a word, lowest first: a number of the network. */
#define UNSTICK_2(at) at + 1, at
#define UNSTICK_4(at) at + 3, at + 2, at + 1, at
#define UNSTICK_8(at) at + 7, at + 6, at + 5, at + 4, UNSTICK_4(at)

_Static_assert(UNSTICK_ENCAPSULATION < 24 && UNSTICK_PRINT < 24, "three lines are written");
#define UNSTICK_LINES 3 * 64

typedef struct {
    unsigned char row[UNSTICK_LINES]; /* which octet goes where */
    unsigned char print[64];          /* the same of the words of PRINT, in order of their primes */
    unsigned char taken[64];          /* bits that are wanted */
    long long more[24];               /* what is added to each word of the row */
    long long print_more;             /* and to the sum of PRINT */
} unstick_shape;

#define UNSTICK_TCP_ROW \
    [0 ... UNSTICK_LINES - 1] = UNSTICK_Z, \
    [8 * UNSTICK_SEQ] = UNSTICK_4(UNSTICK_TCP + 4), [8 * UNSTICK_ACK] = UNSTICK_4(UNSTICK_TCP + 8), \
    [8 * UNSTICK_FLAGS] = UNSTICK_2(UNSTICK_TCP + 12), \
    [8 * UNSTICK_WINDOW] = UNSTICK_2(UNSTICK_TCP + 14), \
    [8 * UNSTICK_TSVAL] = UNSTICK_4(UNSTICK_TCP + 24), \
    [8 * UNSTICK_SOURCE_PORT] = UNSTICK_2(UNSTICK_TCP), \
    [8 * UNSTICK_TARGET_PORT] = UNSTICK_2(UNSTICK_TCP + 2)
#define UNSTICK_TCP_PRINT \
    [0 ... 63] = UNSTICK_Z, \
    [0] = UNSTICK_4(UNSTICK_TCP + 4), [8] = UNSTICK_4(UNSTICK_TCP + 8), \
    [16] = UNSTICK_2(UNSTICK_TCP + 14), UNSTICK_2(UNSTICK_TCP + 12), \
    [26] = UNSTICK_2(UNSTICK_TCP + 16), [32] = UNSTICK_4(UNSTICK_TCP + 24)
#define UNSTICK_TAKEN {[0 ... 63] = 0xff, [UNSTICK_Z] = 0, [UNSTICK_TCP + 12] = 0x0f}

/* IPv4 without options begins at octet 16. */
static const unstick_shape unstick_ipv4 = {
    .row = {UNSTICK_TCP_ROW, [8 * UNSTICK_LENGTH] = UNSTICK_2(18), [8 * UNSTICK_IP_ID] = UNSTICK_2(20),
            [8 * UNSTICK_TTL] = 24, [8 * UNSTICK_SOURCE_LOW] = UNSTICK_4(28),
            [8 * UNSTICK_TARGET_LOW] = UNSTICK_4(32)},
    .print = {UNSTICK_TCP_PRINT, [24] = UNSTICK_2(20), [40] = UNSTICK_2(18)},
    .taken = UNSTICK_TAKEN,
    .more = {[UNSTICK_LENGTH] = -20 - 32, [UNSTICK_OPTIONS] = UNSTICK_OPTION_TIMESTAMPS,
             [UNSTICK_IP_VERSION] = 4},
    .print_more = (-20 - 32) * UNSTICK_PRIME_6};

/* IPv6 without extensions begins four octets before the first. */
static const unstick_shape unstick_ipv6 = {
    .row = {UNSTICK_TCP_ROW, [8 * UNSTICK_LENGTH] = UNSTICK_2(0), [8 * UNSTICK_TTL] = 3,
            [8 * UNSTICK_SOURCE_HIGH] = UNSTICK_8(4), [8 * UNSTICK_SOURCE_LOW] = UNSTICK_8(12),
            [8 * UNSTICK_TARGET_HIGH] = UNSTICK_8(20), [8 * UNSTICK_TARGET_LOW] = UNSTICK_8(28)},
    .print = {UNSTICK_TCP_PRINT, [40] = UNSTICK_2(0)},
    .taken = UNSTICK_TAKEN,
    .more = {[UNSTICK_LENGTH] = -32, [UNSTICK_OPTIONS] = UNSTICK_OPTION_TIMESTAMPS,
             [UNSTICK_IP_VERSION] = 6, [UNSTICK_IP_ID] = UNSTICK_NONE},
    .print_more = -32 * UNSTICK_PRIME_6};

__attribute__((target("avx512f,avx512bw,avx512vbmi"))) static int unstick_put(
    const unsigned char *tcp, const unstick_shape *shape, long long *row) {
    const __m512i primes = _mm512_setr_epi64(
        UNSTICK_PRIME_1, UNSTICK_PRIME_2, UNSTICK_PRIME_3, UNSTICK_PRIME_4, UNSTICK_PRIME_5,
        UNSTICK_PRIME_6, 0, 0);
    __m512i octets = _mm512_loadu_si512(tcp - UNSTICK_TCP);
    octets = _mm512_and_si512(octets, _mm512_loadu_si512(shape->taken));
    for (int line = 0; line < 3; line++) {
        __m512i words = _mm512_loadu_si512(shape->row + 64 * line);
        words = _mm512_permutexvar_epi8(words, octets);
        words = _mm512_add_epi64(words, _mm512_loadu_si512(shape->more + 8 * line));
        _mm512_storeu_si512(row + 8 * line, words);
    }
    __m512i parts = _mm512_permutexvar_epi8(_mm512_loadu_si512(shape->print), octets);
    long long value = _mm512_reduce_add_epi64(_mm512_mul_epu32(parts, primes)) + shape->print_more;
    row[UNSTICK_PRINT] = (value ^ (value >> 31)) & UNSTICK_FOLD;
    return 1;
}
#define unstick_put_ipv4(ip, row) unstick_put(ip + 20, &unstick_ipv4, row)
#define unstick_put_ipv6(ip, row) unstick_put(ip + 40, &unstick_ipv6, row)
#else
#define unstick_packets_wide() 0
#define unstick_put_ipv4(ip, row) 0
#define unstick_put_ipv6(ip, row) 0
#endif
