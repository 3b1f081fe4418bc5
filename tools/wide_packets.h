/* A row of segments (wire/segments.py) in three lines of eight words, where the processor puts 64
 * octets in any order at once. The caller has found a whole TCP header with timestamps alone. */
#if defined(__x86_64__)
#include <immintrin.h>
#define UNSTICK_BYTES __attribute__((target("avx512f,avx512bw,avx512vbmi")))

static inline int unstick_packets_wide(void) {
    return __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw");
}

/* Which octets make a word, lowest first: a number of the network. */
#define UNSTICK_1(at) at
#define UNSTICK_2(at) at + 1, at
#define UNSTICK_4(at) at + 3, at + 2, at + 1, at
#define UNSTICK_8(at) at + 7, at + 6, at + 5, at + 4, UNSTICK_4(at)
#define UNSTICK_ZERO 63
#define UNSTICK_LINES (3 * 64)

/* Columns of the TCP header that begins at this octet. */
#define UNSTICK_TCP(at) \
    [8 * UNSTICK_SEQ] = UNSTICK_4(at + 4), [8 * UNSTICK_ACK] = UNSTICK_4(at + 8), \
    [8 * UNSTICK_FLAGS] = UNSTICK_2(at + 12), [8 * UNSTICK_WINDOW] = UNSTICK_2(at + 14), \
    [8 * UNSTICK_TSVAL] = UNSTICK_4(at + 24), [8 * UNSTICK_SOURCE_PORT] = UNSTICK_2(at), \
    [8 * UNSTICK_TARGET_PORT] = UNSTICK_2(at + 2)

_Static_assert(UNSTICK_ENCAPSULATION < 24 && UNSTICK_PRINT < 24, "what is written is in three lines");

/* Of an IPv4 header without options, from its first octet on. */
static const unsigned char unstick_ipv4_row[UNSTICK_LINES] = {
    [0 ... UNSTICK_LINES - 1] = UNSTICK_ZERO, UNSTICK_TCP(20),
    [8 * UNSTICK_LENGTH] = UNSTICK_2(2), [8 * UNSTICK_IP_ID] = UNSTICK_2(4),
    [8 * UNSTICK_TTL] = UNSTICK_1(8), [8 * UNSTICK_SOURCE_LOW] = UNSTICK_4(12),
    [8 * UNSTICK_TARGET_LOW] = UNSTICK_4(16)};
static const long long unstick_ipv4_more[24] = {
    [UNSTICK_LENGTH] = -52, [UNSTICK_OPTIONS] = UNSTICK_OPTION_TIMESTAMPS, [UNSTICK_IP_VERSION] = 4};

/* Of an IPv6 header without extensions, from its ninth octet on: length and hop limit stand
 * before. */
static const unsigned char unstick_ipv6_row[UNSTICK_LINES] = {
    [0 ... UNSTICK_LINES - 1] = UNSTICK_ZERO, UNSTICK_TCP(32),
    [8 * UNSTICK_SOURCE_HIGH] = UNSTICK_8(0), [8 * UNSTICK_SOURCE_LOW] = UNSTICK_8(8),
    [8 * UNSTICK_TARGET_HIGH] = UNSTICK_8(16), [8 * UNSTICK_TARGET_LOW] = UNSTICK_8(24)};
static const long long unstick_ipv6_more[24] = {
    [UNSTICK_OPTIONS] = UNSTICK_OPTION_TIMESTAMPS, [UNSTICK_IP_VERSION] = 6,
    [UNSTICK_IP_ID] = UNSTICK_NONE};

/* The words of PRINT, in the order of their primes. */
#define UNSTICK_IDENTITY(at) UNSTICK_4(at + 4), 63, 63, 63, 63, UNSTICK_4(at + 8), 63, 63, 63, 63, \
    UNSTICK_2(at + 14), UNSTICK_2(at + 12), 63, 63, 63, 63
static const unsigned char unstick_ipv4_print[64] = {
    [0 ... 63] = UNSTICK_ZERO, [0] = UNSTICK_IDENTITY(20),
    [24] = UNSTICK_2(4), UNSTICK_2(36), [32] = UNSTICK_4(44)};
static const unsigned char unstick_ipv6_print[64] = {
    [0 ... 63] = UNSTICK_ZERO, [0] = UNSTICK_IDENTITY(32),
    [26] = UNSTICK_2(48), [32] = UNSTICK_4(56)};

UNSTICK_BYTES static inline void unstick_put_row(
    __m512i octets, const unsigned char *places, const long long *more, const unsigned char *print,
    long long length, long long *row) {
    const __m512i primes = _mm512_setr_epi64(
        UNSTICK_PRIME_1, UNSTICK_PRIME_2, UNSTICK_PRIME_3, UNSTICK_PRIME_4, UNSTICK_PRIME_5,
        UNSTICK_PRIME_6, 0, 0);
    for (int line = 0; line < 3; line++) {
        __m512i words = _mm512_permutexvar_epi8(_mm512_loadu_si512(places + 64 * line), octets);
        words = _mm512_add_epi64(words, _mm512_loadu_si512(more + 8 * line));
        _mm512_storeu_si512(row + 8 * line, words);
    }
    __m512i parts = _mm512_permutexvar_epi8(_mm512_loadu_si512(print), octets);
    parts = _mm512_mask_set1_epi64(parts, 1 << 5, length);
    long long value = _mm512_reduce_add_epi64(_mm512_mul_epu32(parts, primes));
    row[UNSTICK_PRINT] = (value ^ (value >> 31)) & UNSTICK_FOLD;
}

UNSTICK_BYTES static int unstick_put_ipv4(const unsigned char *ip, long long *row) {
    __m512i octets = _mm512_maskz_loadu_epi8((1ULL << 48) - 1, ip);
    octets = _mm512_mask_and_epi32(octets, 1 << 8, octets, _mm512_set1_epi32(0xffffff0f));
    long long length = (ip[2] << 8 | ip[3]) - 52;
    unstick_put_row(octets, unstick_ipv4_row, unstick_ipv4_more, unstick_ipv4_print, length, row);
    return 1;
}

UNSTICK_BYTES static int unstick_put_ipv6(const unsigned char *ip, long long *row) {
    __m512i octets = _mm512_maskz_loadu_epi8((1ULL << 60) - 1, ip + 8);
    octets = _mm512_mask_and_epi32(octets, 1 << 11, octets, _mm512_set1_epi32(0xffffff0f));
    long long length = (ip[4] << 8 | ip[5]) - 32;
    unstick_put_row(octets, unstick_ipv6_row, unstick_ipv6_more, unstick_ipv6_print, length, row);
    row[UNSTICK_LENGTH] = length;
    row[UNSTICK_TTL] = ip[7];
    return 1;
}
#else
#define unstick_packets_wide() 0
#define unstick_put_ipv4(...) 0
#define unstick_put_ipv6(...) 0
#endif
