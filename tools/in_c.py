"""Functions of the hot files in C, where compilers do not see by themselves what is meant.

Each has its Python in a hot file, which the plain engine runs and the tests hold it to. ``unity``
puts them into the joined modules.
"""

from __future__ import annotations

IN_C = {
    "u16": "unsigned short value; memcpy(&value, buf + at, sizeof value);"
    " return UNSTICK_LITTLE ? __builtin_bswap16(value) : value;",
    "u32": "unsigned value; memcpy(&value, buf + at, sizeof value);"
    " return UNSTICK_LITTLE ? __builtin_bswap32(value) : value;",
    "u32_of": "unsigned value; memcpy(&value, buf + at, sizeof value);"
    " return UNSTICK_LITTLE == (big != 0) ? __builtin_bswap32(value) : value;",
    # To GCC a function that only asks ahead does nothing, and its calls are dropped: hence the asm.
    "prefetch": '__builtin_prefetch(table + at); __asm__ volatile ("");',
    "copy_words": "memcpy(to + at, source + start, count * sizeof *to);",
    "seq_delta": "return (int)(unsigned)(a - b);",
    "fold": "unsigned __int128 product = (unsigned __int128)(unsigned long long)a"
    " * (unsigned long long)b;"
    " return (long long)((unsigned long long)(product ^ (product >> 64)) & (~0ULL >> 1));",
    "digits": "unsigned long long rest = (unsigned long long)value; Py_ssize_t place = at + width;"
    " while (place - at > 1) { unsigned long long more = rest / 100;"
    " unsigned two = (unsigned)(rest - more * 100), tens = (two * 205) >> 11; place -= 2;"
    " out[place] = 48 + tens; out[place + 1] = 48 + two - tens * 10; rest = more; }"
    " if (place > at) out[at] = 48 + rest % 10;"
    " return at + width;",
    "word": "const unsigned char *from = words + places[which];"
    " Py_ssize_t size = places[which + 1] - places[which];"
    " if (size <= 8) { unsigned long long all; memcpy(&all, from, 8); memcpy(out + at, &all, 8); }"
    " else memcpy(out + at, from, size);"
    " return at + size;",
    "carry_words": "memcpy(to + at, source + start, count * sizeof *to);",
    "same_words": "unstick_pair other = {0, 0};"
    " const unstick_pair *p = (const unstick_pair *)(a + at);"
    " const unstick_pair *q = (const unstick_pair *)(b + start);"
    " for (Py_ssize_t i = 0; i < count / 2; i++) other |= p[i] ^ q[i];"
    " return (other[0] | other[1]) == 0;",
    "pack_eight": "const unstick_pair *p = (const unstick_pair *)(t + start);"
    " const unstick_pair *mask = (const unstick_pair *)(timed + column);"
    " unstick_pair *out = (unstick_pair *)(stage + at), code[4], large = {0, 0};"
    " const unstick_pair nothing = {none, none};"
    " for (int i = 0; i < 4; i++) {"
    " unstick_spans same = (unstick_spans)((unstick_halves)p[i] == (unstick_halves)nothing);"
    " same &= same >> 32; same |= same << 32;"
    " unstick_pair away = (p[i] - (mask[i] & since)) & ~(unstick_pair)same;"
    " code[i] = (away + 1) & ~(unstick_pair)same; large |= away | code[i]; }"
    " out[0] = code[0] | (code[1] << 32); out[1] = code[2] | (code[3] << 32);"
    " return ((unsigned long long)(large[0] | large[1]) >> 32) == 0;",
    "pack_at_once": "return unstick_wide() ? unstick_pack_wide(stage, at, t, row, fresh, timed, "
    " since, none, groups) : 0;",
    "unpack_eight": "unstick_pair *p = (unstick_pair *)(t + start);"
    " const unstick_pair *mask = (const unstick_pair *)(timed + column);"
    " const unstick_pair *in = (const unstick_pair *)(b + at), nothing = {none, none};"
    " for (int i = 0; i < 4; i++) {"
    " unstick_spans code = (unstick_spans)(i & 1 ? in[i / 2] >> 32 : in[i / 2]) & 0xffffffffULL;"
    " unstick_spans away = code - 1, same = 0 - (away >> 63);"
    " p[i] = (unstick_pair)((same & (unstick_spans)nothing)"
    " | (~same & (away + (unstick_spans)(mask[i] & since)))); }",
}
"""Functions of ``wire/octets.py``, ``tcp/words.py`` and their like in words that C compilers know
as one load or store, as a copy or as vectors: byte by byte with an index, as Cython writes them,
they are ten instructions each. In order of use; parameters are named as in the ``.py``."""


PAIR = """\
    typedef long long unstick_pair __attribute__((vector_size(16), aligned(8), may_alias));
    typedef unsigned long long unstick_spans __attribute__((vector_size(16)));
    typedef int unstick_halves __attribute__((vector_size(16)));
    #define UNSTICK_LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
"""
"""Two words at once and their halves, and the order of octets, as GCC and clang know them. Counts
of words are even."""

WIDE = """\
    #if defined(__x86_64__)
    #include <immintrin.h>
    static inline int unstick_wide(void) { return __builtin_cpu_supports("avx512f"); }

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
    #define unstick_wide() 0
    #define unstick_pack_wide(...) 0
    #endif
"""
"""A row in groups of eight words, where the processor has registers of eight."""


def head_for(functions: str) -> str:
    """What has to stand before these functions."""
    return PAIR + WIDE if "unstick_wide" in functions else PAIR
