"""C types of words.py. Both builds give the same numbers, bit for bit."""

cimport cython

cdef long long COMPILED

cdef void copy_words(long long[::1] to, Py_ssize_t at, const long long[::1] source,
    Py_ssize_t start, Py_ssize_t count) noexcept nogil

@cython.locals(word=cython.Py_ssize_t, other=cython.longlong)
cdef bint same_words(const long long[::1] a, Py_ssize_t at, const long long[::1] b,
    Py_ssize_t start, Py_ssize_t count) noexcept nogil

cdef void copy_octets(unsigned char[::1] to, Py_ssize_t at, const unsigned char[::1] source,
    Py_ssize_t start, Py_ssize_t count) noexcept nogil

cdef void put_four(unsigned char[::1] stage, Py_ssize_t at, long long value) noexcept nogil

@cython.locals(a=cython.longlong, b=cython.longlong, c=cython.longlong, d=cython.longlong)
cdef long long get_four(const unsigned char[::1] stage, Py_ssize_t at) noexcept nogil

cdef void prefetch(const long long[::1] table, Py_ssize_t at) noexcept nogil
