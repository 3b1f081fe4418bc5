"""C types of hashing.py. Both builds give the same numbers, bit for bit."""

cimport cython

cdef long long SALT_STEP, TAG_MASK

cdef long long fold(long long a, long long b) noexcept nogil

cdef inline long long key_of(long long address_low, long long port, long long version) noexcept nogil

@cython.locals(digest=cython.longlong)
cdef inline long long tag_of(
    long long key, long long prefix, long long other_key, long long other_prefix,
    long long version, long long secret
) noexcept nogil

cdef void prefetch(const long long[::1] table, Py_ssize_t at) noexcept nogil
