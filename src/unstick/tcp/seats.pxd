"""C types of seats.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.notes cimport (release)
from unstick.tcp.shelf cimport (discard, pack, store, unpack)
from unstick.tcp.words cimport (copy_words, prefetch)

cdef long long COMPILED, UNIT_WORDS, C_COPIES, C_PACKETS, S_RST_FRAME
cdef long long ALL_GROUPS, GROUP, BLOCK_MOST, M_UNITS, M_UNITS_USED, CONNECTION_WIDTH, COPY_NS, C_FIRST_FRAME, C_LAST_FRAME
cdef long long C_LAST_NS, C_MARKS, C_NOTE_HEAD, C_RECORD, C_SLOT, LOOKED_AT
cdef long long M_HAND, M_LAST_NS, M_NEXT, M_OVER, M_OVER_ROOM, M_OVER_TAKEN, M_SEATED, M_SEATS
cdef long long M_SEATS_MOST, M_SEAT_FREE, NONE, NOWHERE, PLACE_WIDTH, P_PLACE
cdef long long P_STANDING, SHELVED, SIDES, SIDE_WIDTH, STANDING_BOTH, STANDING_HALF
cdef long long STANDING_NOTES, STANDING_OVER, STANDING_REPLACED, STANDING_SEEN, STANDING_SHIFT
cdef long long STANDING_SPEAKS, STATE_CLOSED, STATE_ESTABLISHED, STATE_LISTEN, STATE_TIME_WAIT
cdef long long S_COPY_1, S_COPY_4_NS, S_DATA_PACKETS, S_LADDER_HEAD, S_OUTSTANDING_FRAME
cdef long long S_PACKETS, S_RETRANSMITTED, S_STATE, S_UNSEEN_ACKS, UNANSWERED_MOST

@cython.locals(chosen=cython.longlong, row=cython.Py_ssize_t, place=cython.longlong)
cpdef long long seat(long long[::1] t, long long[::1] p, long long[::1] over, long long[::1] m,
    long long[::1] fresh, long long[::1] timed, long long[::1] stage,
    long long[::1] b, long long slot) noexcept nogil

@cython.locals(row=cython.Py_ssize_t)
cpdef void rest(long long[::1] t, long long[::1] p, long long[::1] over,
    long long[::1] m, long long[::1] fresh, long long[::1] timed,
    long long[::1] stage, long long[::1] b, long long chosen) noexcept nogil

cdef bint _is_at_peace(long long[::1] t, long long side) noexcept nogil

cdef void _give_up(long long[::1] t, long long[::1] p, long long[::1] over,
    long long[::1] m, long long[::1] fresh, long long[::1] timed,
    long long[::1] stage, long long[::1] b, long long chosen) noexcept nogil

@cython.locals(chosen=cython.longlong, _=cython.longlong, at=cython.Py_ssize_t,
    word=cython.Py_ssize_t)
cdef long long _longest_silent(long long[::1] t, long long[::1] m) noexcept nogil

cdef bint _is_done(long long[::1] t, long long[::1] m, Py_ssize_t row) noexcept nogil

@cython.locals(row=cython.Py_ssize_t, slot=cython.Py_ssize_t, standing=cython.longlong,
    size=cython.longlong)
cdef void _shelve(long long[::1] t, long long[::1] p, long long[::1] over, long long[::1] m,
    long long[::1] fresh, long long[::1] timed, long long[::1] stage,
    long long[::1] b, long long chosen) noexcept nogil

cdef void _forget_copies(long long[::1] t, long long[::1] fresh, Py_ssize_t row,
    long long side) noexcept nogil

@cython.locals(at=cython.Py_ssize_t)
cdef void _stand(long long[::1] p, long long[::1] over, long long[::1] m, long long slot,
    long long standing) noexcept nogil

@cython.locals(standing=cython.longlong, client=cython.longlong, server=cython.longlong,
    held=cython.bint)
cdef long long _standing(long long[::1] t, Py_ssize_t row) noexcept nogil

cdef bint _rests(long long[::1] t, long long side) noexcept nogil

cdef bint _is_closed(long long[::1] t, long long side) noexcept nogil

@cython.locals(spoke=cython.longlong, new=cython.longlong)
cdef bint _is_half_captured(long long[::1] t, long long client, long long server) noexcept nogil

@cython.locals(i=cython.Py_ssize_t, slot=cython.Py_ssize_t, at=cython.Py_ssize_t,
    place=cython.longlong, standing=cython.longlong)
cpdef long long retire(long long[::1] t, long long[::1] p, long long[::1] over, long long[::1] m,
    long long[::1] fresh, long long[::1] timed, long long[::1] stage,
    long long[::1] b, long long[::1] slots, long long first,
    Py_ssize_t count) noexcept nogil

@cython.locals(i=cython.Py_ssize_t, at=cython.Py_ssize_t, first=cython.longlong)
cpdef long long forget(long long[::1] p, long long[::1] n, long long[::1] over, long long[::1] m,
    long long[::1] fresh, long long[::1] timed, long long[::1] stage,
    long long[::1] b, long long[::1] scratch, long long[::1] slots,
    Py_ssize_t count) noexcept nogil

cpdef long long look(long long[::1] t, long long[::1] p, long long[::1] m, long long[::1] fresh,
    long long[::1] timed, long long[::1] stage, long long[::1] b,
    long long[::1] scratch, long long slot) noexcept nogil

@cython.locals(place=cython.longlong, left=cython.longlong, group=cython.Py_ssize_t)
cpdef void peek(long long[::1] t, long long[::1] p, long long[::1] fresh,
    long long[::1] timed, long long[::1] b, long long[::1] scratch, long long slot,
    long long wanted) noexcept nogil

@cython.locals(found=cython.longlong, i=cython.Py_ssize_t, slot=cython.Py_ssize_t,
    place=cython.longlong, standing=cython.longlong)
cpdef long long tally(long long[::1] t, long long[::1] p, long long[::1] totals,
    long long[::1] chosen, long long[::1] slots, Py_ssize_t count) noexcept nogil

@cython.locals(found=cython.longlong, at=cython.Py_ssize_t, slot=cython.Py_ssize_t,
    standing=cython.longlong)
cpdef long long oldest_over(long long[::1] p, long long[::1] over, long long[::1] m,
    long long[::1] slots, long long most) noexcept nogil
