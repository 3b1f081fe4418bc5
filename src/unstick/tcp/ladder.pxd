"""C types of ladder.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.classify cimport (seq_delta)
from unstick.tcp.notes cimport (attach, find_original, release, step)

cdef long long C_MARKS, FRAME, LENGTH, MARK_LADDER, M_LADDER_NOTES_MOST, NONE, NOTE_LADDER
cdef long long NOTE_STEP, NOTE_WIDTH, N_COUNT, N_END_FRAME, N_END_NS, N_KIND, RECORDER_ENTRIES
cdef long long RECORD_ENTRY_WIDTH, R_FRAME, R_NS, SEQ, SIDE, S_LADDER_COUNT, S_LADDER_FRAME
cdef long long S_LADDER_HEAD, S_LADDER_HEARD, S_LADDER_LAST_FRAME, S_LADDER_LAST_NS
cdef long long S_LADDER_LENGTH, S_LADDER_NOTES, S_LADDER_NS, S_LADDER_ORIGINAL_FRAME
cdef long long S_LADDER_ORIGINAL_NS, S_LADDER_SEQ, S_LADDER_TAIL, S_LAST_ACK, TIME_NS

@cython.locals(seq=cython.longlong, serial=cython.longlong, at=cython.Py_ssize_t)
cpdef void climb(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] r,
    long long[::1] m, Py_ssize_t base, Py_ssize_t row, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

@cython.locals(head=cython.longlong, at=cython.Py_ssize_t)
cpdef void end_ladder(long long[::1] t, long long[::1] n, Py_ssize_t row,
    Py_ssize_t me) noexcept nogil
