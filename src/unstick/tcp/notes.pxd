cimport cython

from unstick.tcp.classify cimport (seq_delta)

cdef Py_ssize_t C_LAST_FRAME, C_LAST_NS, C_NOTE_COUNT, C_NOTE_HEAD, C_NOTE_TAIL, C_NOTES_DROPPED
cdef Py_ssize_t C_RECORD, M_NOTES_MOST, M_SERIAL
cdef Py_ssize_t N_ACK, N_ANSWERS_BEST, N_ANSWERS_BEST_NS, N_ANSWERS_COUNT, N_ANSWERS_FIRST
cdef Py_ssize_t N_ANSWERS_LAST, N_BEFORE_FRAME, N_BEFORE_NS, N_FLAGS, N_FRAME, N_IP_ID, N_KIND
cdef Py_ssize_t N_LAST_ACK, N_LAST_ACK_FRAME, N_LENGTH, N_NEXT, N_NS, N_OPTIONS, N_RCV_NXT
cdef Py_ssize_t N_RECEIVER_PACKETS, N_RIGHT_EDGE, N_SACK_EDGE, N_SENDER_ACK, N_SENDER_FIN_SEQ
cdef Py_ssize_t N_SENDER_IP_ID, N_SENDER_NXT, N_SENDER_PACKETS, N_SENDER_STATE
cdef Py_ssize_t N_SENDER_TTL_LEAST, N_SENDER_TTL_MOST, N_SEQ, N_SIDE, N_SND_NXT, N_SND_UNA
cdef Py_ssize_t N_STATE, N_TS_RECENT, N_TSVAL, N_TTL, N_WINDOW, N_WINDOW_MOST, NOTE_WIDTH
cdef Py_ssize_t POOL_FREE, POOL_FREE_COUNT
cdef Py_ssize_t R_ACK, R_FRAME, R_LENGTH, R_NS, R_PREVIOUS, R_SEQ, R_SIDE, R_SLOT
cdef Py_ssize_t RECORD_ENTRY_WIDTH, RECORDER_ENTRIES
cdef Py_ssize_t S_FIN_SEQ, S_IP_ID, S_LADDER_HEAD, S_LADDER_NOTES, S_LADDER_TAIL, S_LAST_ACK
cdef Py_ssize_t S_LAST_ACK_FRAME, S_PACKETS, S_RCV_NXT, S_RIGHT_EDGE, S_SACK_EDGE, S_SND_NXT
cdef Py_ssize_t S_STATE, S_STATE_BEFORE_RESET, S_TS_RECENT, S_TTL_LEAST, S_TTL_MOST, S_WINDOW_MOST
cdef Py_ssize_t ACK, ACK_FLAG, FIN, SYN, FLAGS, FRAME, IP_ID, LENGTH
cdef Py_ssize_t OPTIONS, RST, SEQ, SIDE, SLOT, TIME_NS, TSVAL
cdef Py_ssize_t TTL, WINDOW
cdef Py_ssize_t N_SENDER_ALIVE_NS, N_SENDER_ID_JUMPS, N_SENDER_TTL_LAST
cdef Py_ssize_t S_ID_JUMPS, S_LADDER_COUNT, S_LIVE_NS, S_TTL_LAST
cdef Py_ssize_t N_AFTER_ACK, N_AFTER_FLAGS, N_AFTER_FRAME, N_AFTER_LENGTH, N_AFTER_NS
cdef Py_ssize_t N_AFTER_SEQ, N_CHALLENGED
cdef Py_ssize_t N_REPLY_FLAGS, N_REPLY_FRAME, N_REPLY_NS, N_REPLY_SEQ, S_CHALLENGE_NOTE
cdef Py_ssize_t S_WAITING_NOTE, S_RTT_LEAST_NS
cdef long long JITTER_NS, NONE, SEARCH_STEPS, UNHEARD
cdef long long STATE_CLOSE_WAIT, STATE_CLOSING, STATE_ESTABLISHED, STATE_FIN_WAIT_1
cdef long long STATE_FIN_WAIT_2, STATE_LAST_ACK, STATE_TIME_WAIT

@cython.locals(found=cython.longlong, column=cython.Py_ssize_t)
cpdef long long take(long long[::1] n) noexcept nogil

@cython.locals(following=cython.longlong)
cpdef void release(long long[::1] n, long long head) noexcept nogil

cpdef void attach(
    long long[::1] t, long long[::1] n, Py_ssize_t row, long long head, long long tail,
    long long count) noexcept nogil

@cython.locals(index=cython.longlong)
cpdef long long note(
    long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row, Py_ssize_t sender, Py_ssize_t receiver, long long kind) noexcept nogil

@cython.locals(at=cython.Py_ssize_t)
cpdef void describe(
    long long[::1] t, long long[::1] n, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t sender, Py_ssize_t receiver, long long index, long long kind) noexcept nogil

@cython.locals(index=cython.longlong)
cpdef void step(
    long long[::1] t, long long[::1] n, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t sender, Py_ssize_t receiver, long long kind) noexcept nogil

@cython.locals(flags=cython.longlong, index=cython.longlong, at=cython.Py_ssize_t,
    crossed=cython.bint)
cpdef void follow(long long[::1] t, long long[::1] n, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(ack=cython.longlong, length=cython.longlong)
cdef inline void record(
    long long[::1] t, long long[::1] s, long long[::1] r, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row) noexcept nogil

@cython.locals(at=cython.Py_ssize_t)
cdef inline void enter(
    long long[::1] t, long long[::1] s, long long[::1] r, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row, long long ack, long long length) noexcept nogil

cpdef long long needs(long long[::1] t, Py_ssize_t sender, Py_ssize_t receiver) noexcept nogil

@cython.locals(state=cython.longlong)
cpdef long long state_of(
    long long[::1] t, Py_ssize_t sender, Py_ssize_t receiver) noexcept nogil

@cython.locals(
    found=cython.longlong, serial=cython.longlong, steps=cython.longlong, entry=cython.Py_ssize_t)
cpdef long long find_original(
    long long[::1] t, long long[::1] r, long long[::1] m, Py_ssize_t row, long long side,
    long long seq) noexcept nogil
