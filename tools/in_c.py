"""Functions of the hot files in C, where compilers do not see by themselves what is meant.

Each has its Python in a hot file, which the plain engine runs and the tests hold it to. ``unity``
puts them into the joined modules.
"""

from __future__ import annotations

from pathlib import Path

IN_C = {
    "u16": "unsigned short value; memcpy(&value, buf + at, sizeof value);"
    " return UNSTICK_LITTLE ? __builtin_bswap16(value) : value;",
    "u32": "unsigned value; memcpy(&value, buf + at, sizeof value);"
    " return UNSTICK_LITTLE ? __builtin_bswap32(value) : value;",
    "u32_of": "unsigned value; memcpy(&value, buf + at, sizeof value);"
    " return UNSTICK_LITTLE == (big != 0) ? __builtin_bswap32(value) : value;",
    # To GCC a function that only asks ahead does nothing, and its calls are dropped: hence the asm.
    "prefetch": '__builtin_prefetch(table + at); __asm__ volatile ("");',
    "ask_to_write": "for (int line = 0; line < 3; line++)"
    " UNSTICK_ASK_TO_WRITE(table + at + 8 * line);",
    "copy_words": "memcpy(to + at, source + start, count * sizeof *to);",
    "seq_delta": "return (int)(unsigned)(a - b);",
    "fold": "unsigned __int128 product = (unsigned __int128)(unsigned long long)a"
    " * (unsigned long long)b;"
    " return (long long)((unsigned long long)(product ^ (product >> 64)) & (~0ULL >> 1));",
    "digits": "static const char pairs[] = UNSTICK_PAIRS;"
    " unsigned long long rest = (unsigned long long)value; Py_ssize_t place = at + width;"
    " while (place - at > 1) { unsigned long long more = rest / 100; place -= 2;"
    " memcpy(out + place, pairs + 2 * (rest - more * 100), 2); rest = more; }"
    " if (place > at) out[at] = 48 + rest % 10;"
    " return at + width;",
    "width_of": "static const unsigned long long ten[] = UNSTICK_TENS;"
    " Py_ssize_t about = (64 - __builtin_clzll((unsigned long long)value | 1)) * 1233 >> 12;"
    " return about + ((unsigned long long)value >= ten[about]);",
    "again": "memcpy(out + at, out + place, count);",
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
    "pack_at_once": "return unstick_rows_wide() ? unstick_pack_wide(stage, at, t, row, fresh,"
    " timed, since, none, groups) : 0;",
    "unpack_at_once": "return unstick_rows_wide()"
    " && unstick_unpack_wide(t, row, timed, b, block, wanted, none);",
    "put_ipv4_at_once": "return at >= 16 && unstick_packets_wide()"
    " && unstick_put_ipv4(buf + at, row + base);",
    "put_ipv6_at_once": "return unstick_packets_wide() && unstick_put_ipv6(buf + at, row + base);",
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
    #ifdef __x86_64__ /* GCC takes a hint to read unless told of the processor */
    #define UNSTICK_ASK_TO_WRITE(at) __asm__ volatile ("prefetchw %0" : : "m" (*(at)))
    #else
    #define UNSTICK_ASK_TO_WRITE(at) __builtin_prefetch(at, 1)
    #endif
    #define UNSTICK_LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
"""
"""Two words at once and their halves, and the order of octets, as GCC and clang know them. Counts
of words are even."""

DECIMALS = f'''
    #define UNSTICK_PAIRS "{"".join(f"{two:02}" for two in range(100))}"
    #define UNSTICK_TENS {{{", ".join(f"{10**width}ULL" for width in range(20))}}}
'''
"""Two digits at a time, and the powers of ten."""

HEADS = {
    "unstick_rows_wide": "wide_rows.h",
    "unstick_packets_wide": "wide_packets.h",
}
"""What a function that names this needs: C that is more than a few words."""


def head_for(functions: str) -> str:
    """What has to stand before these functions."""
    files = [file for name, file in HEADS.items() if name in functions]
    return "\n".join(
        [PAIR, DECIMALS, *((Path(__file__).parent / file).read_text("ascii") for file in files)]
    )
