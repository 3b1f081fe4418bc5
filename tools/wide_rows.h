/* A row in groups of eight words (tcp/shelf.py), where the processor has registers of eight. */
#if defined(__x86_64__) && !defined(UNSTICK_NARROW)
#include <immintrin.h>
static inline int unstick_rows_wide(void) { return __builtin_cpu_supports("avx512f"); }

__attribute__((target("avx512f"))) static long long unstick_pack_wide(
    long long *stage, Py_ssize_t at, long long *t, Py_ssize_t row, const long long *fresh,
    const long long *timed, long long since, long long none, Py_ssize_t groups) {
    const __m512i nothing = _mm512_set1_epi64(none), start = _mm512_set1_epi64(since);
    const __m512i one = _mm512_set1_epi64(1), upper = _mm512_set1_epi64(-1LL << 32);
    const __m512i order = _mm512_setr_epi64(0, 1, 4, 5, 2, 3, 6, 7);
    long long used = 0, wide = 0;
    for (Py_ssize_t i = 0; i < groups; i++) {
        long long *from = t + row + 8 * i;
        __m512i words = _mm512_loadu_si512(from), untouched = _mm512_loadu_si512(fresh + 8 * i);
        if (!_mm512_cmpneq_epi64_mask(words, untouched)) continue;
        _mm512_storeu_si512(from, untouched);
        __mmask8 known = _mm512_cmpneq_epi64_mask(words, nothing);
        __m512i times = _mm512_and_si512(start, _mm512_loadu_si512(timed + 8 * i));
        __m512i away = _mm512_maskz_sub_epi64(known, words, times);
        __m512i code = _mm512_maskz_add_epi64(known, away, one);
        __m512i pairs = _mm512_permutexvar_epi64(order, code);
        __m256i low = _mm512_castsi512_si256(pairs), high = _mm512_extracti64x4_epi64(pairs, 1);
        used |= 1LL << i;
        if (_mm512_test_epi64_mask(_mm512_or_si512(away, code), upper)) {
            wide |= 1LL << i;
            _mm512_storeu_si512(stage + at, words);
            at += 8;
        } else {
            _mm256_storeu_si256((__m256i *)(stage + at),
                _mm256_or_si256(low, _mm256_slli_epi64(high, 32)));
            at += 4;
        }
    }
    stage[0] = used;
    stage[1] = wide;
    return at;
}

__attribute__((target("avx512f"))) static int unstick_unpack_wide(
    long long *t, Py_ssize_t row, const long long *timed, const long long *b, Py_ssize_t block,
    long long wanted, long long none) {
    const __m512i start = _mm512_set1_epi64(b[block + UNSTICK_PACKED_SINCE]);
    const __m512i nothing = _mm512_set1_epi64(none), one = _mm512_set1_epi64(1);
    const __m512i order = _mm512_setr_epi64(0, 1, 4, 5, 2, 3, 6, 7);
    const __m256i lower = _mm256_set1_epi64x(0xffffffff);
    const long long wide = b[block + UNSTICK_PACKED_WIDE];
    const long long *from = b + block + UNSTICK_PACKED_GROUPS;
    for (unsigned long long used = b[block]; used != 0; used &= used - 1) {
        int i = __builtin_ctzll(used), as_it_is = (wide >> i) & 1;
        const long long *next = from + (as_it_is ? 8 : 4);
        if ((wanted >> i) & 1) {
            __m512i words;
            if (as_it_is) {
                words = _mm512_loadu_si512(from);
            } else {
                __m256i pairs = _mm256_loadu_si256((const __m256i *)from);
                __m256i low = _mm256_and_si256(pairs, lower), high = _mm256_srli_epi64(pairs, 32);
                __m512i code = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
                code = _mm512_permutexvar_epi64(order, code);
                __m512i times = _mm512_and_si512(start, _mm512_loadu_si512(timed + 8 * i));
                words = _mm512_add_epi64(_mm512_sub_epi64(code, one), times);
                words = _mm512_mask_mov_epi64(nothing, _mm512_test_epi64_mask(code, code), words);
            }
            _mm512_storeu_si512(t + row + 8 * i, words);
        }
        from = next;
    }
    return 1;
}
#else
#define unstick_rows_wide() 0
#define unstick_unpack_wide(...) 0
#define unstick_pack_wide(...) 0
#endif
