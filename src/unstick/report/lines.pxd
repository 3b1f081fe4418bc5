"""C types of lines.py. Both builds give the same text, byte for byte."""

cimport cython

cdef long long COLON, DASH, DAY_S, DIGIT, DOT, EXACT_NS, LETTER, LETTER_E, LETTER_T, LETTER_Z
cdef long long SLACK, WIDEST, LINE_MOST, ROW_WIDTH, R_CLIENT_HIGH, R_CLIENT_LOW, R_CLIENT_STATE, R_COMPLETE
cdef long long R_DURATION_NS, R_FIRST_FRAME, R_FIRST_NS, R_SERVER_HIGH
cdef long long R_CLIENT_PACKETS, R_CLIENT_PORT, R_CLIENT_RETRANSMITTED, R_NUMBER, R_SERVER_PORT
cdef long long SECOND_AT, SECOND_SEEN, TO_SECONDS
cdef long long R_SERVER_LOW, R_VERSION, SECOND_NS, SHORT_NS, WORD_BOOL, WORD_OCTET, WORD_QUIET, WORD_STATE

@cython.locals(at=cython.Py_ssize_t, done=cython.Py_ssize_t, base=cython.Py_ssize_t,
    odd=cython.bint)
cpdef long long write_lines(long long[::1] rows, Py_ssize_t first, Py_ssize_t count,
    const unsigned char[::1] words, long long[::1] places, long long[::1] before,
    Py_ssize_t files, unsigned char[::1] out, Py_ssize_t room, long long[::1] used) noexcept nogil

@cython.locals(version=cython.longlong, column=cython.Py_ssize_t, state=cython.longlong,
    high=cython.longlong, low=cython.longlong)
cdef Py_ssize_t _line(long long[::1] rows, Py_ssize_t base, const unsigned char[::1] words,
    long long[::1] places, long long[::1] before, Py_ssize_t files, unsigned char[::1] out,
    Py_ssize_t at, long long[::1] used) noexcept nogil

@cython.locals(column=cython.Py_ssize_t, other=cython.longlong)
cdef inline bint _is_quiet(long long[::1] rows, Py_ssize_t base) noexcept nogil

@cython.locals(column=cython.Py_ssize_t)
cdef Py_ssize_t _numbers(long long[::1] rows, Py_ssize_t base, const unsigned char[::1] words,
    long long[::1] places, unsigned char[::1] out, Py_ssize_t at, Py_ssize_t first,
    Py_ssize_t last) noexcept nogil

@cython.locals(place=cython.Py_ssize_t)
cdef Py_ssize_t word(unsigned char[::1] out, Py_ssize_t at, const unsigned char[::1] words,
    long long[::1] places, Py_ssize_t which) noexcept nogil

cdef Py_ssize_t _number(unsigned char[::1] out, Py_ssize_t at, long long value) noexcept nogil

@cython.locals(width=cython.Py_ssize_t, more=cython.longlong)
cdef Py_ssize_t width_of(long long value) noexcept nogil

@cython.locals(place=cython.Py_ssize_t)
cdef Py_ssize_t digits(unsigned char[::1] out, Py_ssize_t at, long long value,
    Py_ssize_t width) noexcept nogil

@cython.locals(file=cython.Py_ssize_t)
cdef Py_ssize_t _frame(unsigned char[::1] out, Py_ssize_t at, long long value,
    long long[::1] before, Py_ssize_t files) noexcept nogil

@cython.locals(end=cython.Py_ssize_t)
cdef Py_ssize_t _seconds(unsigned char[::1] out, Py_ssize_t at, long long ns) noexcept nogil

@cython.locals(power=cython.longlong, rest=cython.longlong, end=cython.Py_ssize_t)
cdef Py_ssize_t _tiny(unsigned char[::1] out, Py_ssize_t at, long long ns) noexcept nogil

@cython.locals(second=cython.longlong)
cdef Py_ssize_t _time(unsigned char[::1] out, Py_ssize_t at, long long ns,
    long long[::1] used) noexcept nogil

cdef void again(unsigned char[::1] out, Py_ssize_t at, Py_ssize_t place,
    Py_ssize_t count) noexcept nogil

@cython.locals(day=cython.longlong, era=cython.longlong, day_of_era=cython.longlong,
    leaps=cython.longlong, year_of_era=cython.longlong, day_of_year=cython.longlong,
    march=cython.longlong, month=cython.longlong)
cdef void _second(unsigned char[::1] out, Py_ssize_t at, long long second) noexcept nogil

cdef Py_ssize_t _address(unsigned char[::1] out, Py_ssize_t at,
    const unsigned char[::1] words, long long[::1] places, long long version, long long high,
    long long low) noexcept nogil

@cython.locals(shift=cython.longlong)
cdef Py_ssize_t _dotted(unsigned char[::1] out, Py_ssize_t at,
    const unsigned char[::1] words, long long[::1] places, long long low) noexcept nogil

@cython.locals(gap=cython.longlong, longest=cython.longlong, run=cython.longlong,
    group=cython.longlong)
cdef Py_ssize_t _colons(unsigned char[::1] out, Py_ssize_t at, long long high,
    long long low) noexcept nogil

@cython.locals(half=cython.longlong)
cdef long long _group(long long high, long long low, long long group) noexcept nogil

@cython.locals(shift=cython.longlong, digit=cython.longlong)
cdef Py_ssize_t _hexadecimal(unsigned char[::1] out, Py_ssize_t at, long long value) noexcept nogil
