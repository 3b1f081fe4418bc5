"""C types of words.py. Both builds give the same numbers, bit for bit."""

cimport cython

cdef long long HALF, MASK, WORD

cdef void copy_words(long long[::1] to, Py_ssize_t at, const long long[::1] source,
    Py_ssize_t start, Py_ssize_t count) noexcept nogil

@cython.locals(word=cython.Py_ssize_t)
cdef void carry_words(long long[::1] to, Py_ssize_t at, const long long[::1] source,
    Py_ssize_t start, Py_ssize_t count) noexcept nogil

@cython.locals(word=cython.Py_ssize_t, other=cython.longlong)
cdef bint same_words(const long long[::1] a, Py_ssize_t at, const long long[::1] b,
    Py_ssize_t start, Py_ssize_t count) noexcept nogil

@cython.locals(word=cython.Py_ssize_t, source=cython.Py_ssize_t, low=cython.longlong,
    high=cython.longlong)
cdef bint pack_eight(long long[::1] stage, Py_ssize_t at, const long long[::1] t,
    Py_ssize_t start, const long long[::1] timed, Py_ssize_t column, long long since,
    long long none) noexcept nogil

cdef Py_ssize_t pack_at_once(long long[::1] stage, Py_ssize_t at, long long[::1] t, Py_ssize_t row,
    const long long[::1] fresh, const long long[::1] timed, long long since, long long none,
    Py_ssize_t groups) noexcept nogil

cdef bint unpack_at_once(long long[::1] t, Py_ssize_t row, const long long[::1] timed,
    const long long[::1] b, Py_ssize_t block, long long wanted, long long none) noexcept nogil

@cython.locals(away=cython.longlong)
cdef long long _code(const long long[::1] t, Py_ssize_t at, const long long[::1] timed,
    Py_ssize_t column, long long since, long long none) noexcept nogil

@cython.locals(word=cython.Py_ssize_t, half=cython.Py_ssize_t, place=cython.Py_ssize_t,
    code=cython.longlong)
cdef void unpack_eight(long long[::1] t, Py_ssize_t start, const long long[::1] b, Py_ssize_t at,
    const long long[::1] timed, Py_ssize_t column, long long since,
    long long none) noexcept nogil

cdef void prefetch(const long long[::1] table, Py_ssize_t at) noexcept nogil
