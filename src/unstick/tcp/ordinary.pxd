"""C types of ordinary.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.classify cimport (seq_delta)
from unstick.tcp.seats cimport (look)

cdef long long C_PACKETS, OPENING_PACKETS, S_DATA_PACKETS, S_SYN_COUNT
cdef long long ACTION_DROP, C_PING_PONG_MOST, LADDER_MOST, NEAR_BYTES, TURNS_MOST
cdef long long ACTION_RESET, C_CLOCK_BACK, C_COPIES, C_FIRST_NS, C_LAST_NS, C_MARKS, C_NOTE_HEAD
cdef long long C_NOTES_DROPPED, HOST_NS, IP_ID_STEP, LAW_MASK, NONE, NOTE_RESET, NOTE_WIDTH
cdef long long N_ACTION, N_FLAGS, N_FRAME, N_IP_ID, N_KIND, N_NEXT, N_NS, N_OPTIONS, N_RCV_NXT
cdef long long N_SENDER_IP_ID, N_SENDER_NXT, N_SENDER_STATE, N_SENDER_TTL_LAST, N_SEQ, N_SIDE
cdef long long N_STATE, N_TTL, ODD, ORDINARY, PLAIN_MARKS, RESERVED_BITS, SEEN, SHORT_NS, SIDES
cdef long long SIDE_CLIENT, SIDE_WIDTH, SIGNED, STATE_CLOSED, STATE_CLOSE_WAIT, STATE_CLOSING
cdef long long STATE_ESTABLISHED, STATE_FIN_WAIT_1, STATE_FIN_WAIT_2, STATE_LAST_ACK
cdef long long STATE_SYN_RECEIVED, STATE_SYN_SENT, STATE_TIME_WAIT, STRANGE, S_FLAGS, S_KEEP_COUNT, S_KEEP_TOTAL
cdef long long S_LADDER_COUNT, S_RESET_NS, S_SACK_ASTRAY, S_SND_NXT, S_STATE
cdef long long S_STATE_BEFORE_RESET, S_TALK_FRAME, S_TALK_NS, S_UNSEEN_ACKS, S_ZERO_FRAME
cdef long long S_ZERO_PROBES, WITH_NOTES

@cython.locals(i=cython.Py_ssize_t)
cpdef long long sift(long long[::1] t, long long[::1] p, long long[::1] m, long long[::1] fresh,
    long long[::1] timed, long long[::1] stage, long long[::1] b, long long[::1] scratch,
    long long[::1] n, long long[::1] slots, Py_ssize_t count,
    long long[::1] found) noexcept nogil

@cython.locals(client=cython.Py_ssize_t, server=cython.Py_ssize_t, head=cython.longlong,
    at=cython.Py_ssize_t, late=cython.bint)
cpdef bint is_ordinary(long long[::1] row, long long[::1] n) noexcept nogil

@cython.locals(answered=cython.bint)
cdef bint _only_opens(long long[::1] row, Py_ssize_t client, Py_ssize_t server) noexcept nogil

@cython.locals(state=cython.longlong, flags=cython.longlong, odd=cython.longlong)
cdef bint _is_over(long long[::1] row, Py_ssize_t side, long long[::1] n,
    long long head) noexcept nogil

cdef bint _is_noted(long long time_ns, long long[::1] n, long long head) noexcept nogil

cdef bint _is_exact(long long[::1] n, Py_ssize_t at) noexcept nogil

@cython.locals(below=cython.longlong)
cdef bint _comes_late(long long[::1] n, Py_ssize_t at) noexcept nogil

cdef bint _is_plain_reset(long long[::1] n, Py_ssize_t at) noexcept nogil

cdef bint _is_met_by_silence(long long[::1] n, Py_ssize_t at, long long[::1] row,
    Py_ssize_t receiver) noexcept nogil

cdef bint _is_there(long long state) noexcept nogil

@cython.locals(following=cython.longlong, number=cython.longlong, before=cython.longlong,
    step=cython.longlong)
cdef bint _is_own(long long[::1] n, Py_ssize_t at, long long[::1] row,
    Py_ssize_t sender) noexcept nogil
