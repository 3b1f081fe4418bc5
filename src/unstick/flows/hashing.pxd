"""C types of hashing.py. Both builds give the same numbers, bit for bit."""

cimport cython

cdef long long MASK, SALT_STEP, TAG_MASK, WORD

cdef long long fold(long long a, long long b) noexcept nogil

@cython.locals(digest=cython.longlong, secret=cython.longlong)
cdef inline long long tag_of(
    const long long[::1] segments, Py_ssize_t low, Py_ssize_t high, long long ports, long long salt
) noexcept nogil
