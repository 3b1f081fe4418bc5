"""C types of clocks.py. Both builds give the same numbers, bit for bit."""

cimport cython

cdef long long CLOCKS_MOST, FRAME, INTERFACE, META_CLOCKS, META_SEAMS, M_CLOCK_BACK
cdef long long M_CLOCK_BACK_FRAME, M_CLOCK_BACK_NS, M_CLOCK_JUMP_FRAME, M_CLOCK_JUMP_NS
cdef long long M_LAST_INTERFACE, M_LAST_NS, M_SEAMS, NONE, SEAMS_MOST, SEAM_BACK_NS
cdef long long SEAM_FORWARD_NS, TIME_NS

@cython.locals(now=cython.longlong, back=cython.longlong, gap=cython.longlong)
cpdef void watch_clocks(long long[::1] s, long long[::1] m, Py_ssize_t base) noexcept nogil

@cython.locals(last=cython.longlong)
cdef long long _back_of(long long[::1] m, long long interface, long long now) noexcept nogil
