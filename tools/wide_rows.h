/* A row in groups of eight words (tcp/shelf.py), where the processor has registers of eight. */
#if defined(__x86_64__)
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
#else
#define unstick_rows_wide() 0
#define unstick_pack_wide(...) 0
#endif
