"""C types of kernels.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.clocks cimport (watch_clocks)
from unstick.tcp.copies cimport (is_copy, remember, remember_interface)
from unstick.tcp.course cimport (answer, begin, is_answer, is_first_syn, is_step, step_on)
from unstick.tcp.handshake cimport (greet)
from unstick.tcp.notes cimport (enter, follow, note, record)
from unstick.tcp.probes cimport (heard, is_keepalive, is_window_probe, keep_alive, probe,
    watch_window)
from unstick.tcp.quick cimport (begin_row, begin_side, calm_of, count_packet, go_on,
    is_next, live_on)
from unstick.tcp.receiver cimport (close_sender, open_states, receive)
from unstick.tcp.seats cimport (rest, seat)
from unstick.tcp.sender cimport (acknowledge, occupy)
from unstick.tcp.verdicts cimport (is_plain, is_stray, judge, leave, revive)
from unstick.tcp.words cimport (prefetch)

cdef long long COMPILED, CALM_CLOSING, M_SEATS, NEAR_SEATS, ROWS_AHEAD, ACK, ACK_FLAG, CONNECTION_WIDTH, C_CLOCK_BACK
cdef long long C_CLOCK_BACK_FRAME, C_COPIES, C_COPY_FRAME, C_FIRST_FRAME
cdef long long C_LAST_FRAME, C_LAST_NS, C_MARKS, C_PING_PONG
cdef long long C_PING_PONG_FRAME, C_PING_PONG_MOST, C_SILENCE_AFTER, C_SILENCE_BEFORE
cdef long long C_SILENCE_NS, FIN, FLAGS, FRAME, LENGTH, MARK_COPIES
cdef long long MARK_SILENCE
cdef long long SEAM_FORWARD_NS, INTERFACE, M_LAST_INTERFACE
cdef long long M_CLOCK_JUMP_NS, M_COPIES, M_COPY_FRAME, M_FRAMES_BEFORE
cdef long long M_LAST_NS, M_SEGMENTS, M_SILENCE_NS, NONE, NOTE_SILENCE, NOTICES
cdef long long NOTICE_IN_ICMP
cdef long long POOL_FREE_COUNT, POOL_LOW, RST, SEGMENT_WIDTH, SEQ, SIDE, SIDES
cdef long long SIDE_TALKED_AFTER_OWN_RST, SIDE_WIDTH, SLOT, SYN
cdef long long S_COPY_1, S_FLAGS, S_LAST_FRAME
cdef long long S_PACKETS, S_RESETS, S_RST_FRAME
cdef long long S_STATE, S_RST_LAST_SEQ, S_RST_NS, S_RST_SEQS
cdef long long TIME_NS, TTL, WINDOW
cdef long long AHEAD, S_ISS, P_PLACE, PLACE_WIDTH
cdef long long C_LAST_FLAGS
cdef long long S_TALK_FRAME, S_TALK_NS

@cython.locals(i=cython.Py_ssize_t, base=cython.Py_ssize_t, row=cython.Py_ssize_t,
    me=cython.Py_ssize_t, peer=cython.Py_ssize_t, place=cython.longlong, gap=cython.longlong, same=cython.bint)
cpdef long long walk(long long[::1] s, Py_ssize_t first, Py_ssize_t count, long long[::1] t,
    long long[::1] n, long long[::1] r, long long[::1] m,
    const unsigned char[::1] actions, long long[::1] p, long long[::1] over,
    long long[::1] fresh, long long[::1] timed, long long[::1] stage,
    long long[::1] b) noexcept nogil

cdef inline void _look_ahead(long long[::1] s, long long[::1] t, long long[::1] p, long long[::1] m,
    Py_ssize_t i, Py_ssize_t count) noexcept nogil

@cython.locals(place=cython.longlong, row=cython.Py_ssize_t, me=cython.Py_ssize_t,
    peer=cython.Py_ssize_t, word=cython.Py_ssize_t)
cdef void _ask_for(long long[::1] s, long long[::1] t, long long[::1] p,
    Py_ssize_t base) noexcept nogil

@cython.locals(stray=cython.bint)
cdef void _go_long_way(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] r,
    long long[::1] m, const unsigned char[::1] actions, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me, Py_ssize_t peer) noexcept nogil

cdef bint _is_usual(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

cdef void _count_copy(long long[::1] t, long long[::1] m, Py_ssize_t row,
    long long frame) noexcept nogil

cdef void _arrive(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(gap=cython.Py_ssize_t)
cdef void _watch_clock(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(flags=cython.longlong, before=cython.longlong, mine_is_newer=cython.bint,
    bare=cython.bint)
cdef void _watch_ping_pong(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me, Py_ssize_t peer) noexcept nogil

cdef void _send_reset(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

@cython.locals(flags=cython.longlong)
cdef void _send(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] r,
    long long[::1] m, Py_ssize_t base, Py_ssize_t row, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil
