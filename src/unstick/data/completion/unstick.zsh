#compdef unstick
# Made by `make completion` with shtab (https://github.com/tqdm/shtab); do not edit.



_shtab_unstick_commands() {
  local _commands=(
    checks:'every check, or the manual page of one'
    compare:'two captures: both ends of one path, or a good and a bad one'
    completion:'completion for bash, zsh or fish'
    demo:'explain two recorded captures of the story; no network, no root'
    enforce:'end connections whose peer takes nothing, of any program here'
    explain:'why does a connection in this capture not die?'
    lab:'reproduce it: real hosts, real stacks, a fault of your choice'
    profiles:'every TCP stack we know, or the rules of one'
    serve:'a caching proxy that delivers as in 2015, or with a guarantee'
    streams:'one row for every TCP connection of a capture'
    trace:'one connection as text, without payload and addresses'
  )
  _describe 'unstick commands' _commands
}

_shtab_unstick_lab_commands() {
  local _commands=(
    clean:'remove what a killed run left'
    conformance:'Reads the packetdrill scripts (*.pkt) in a folder and below it, and asks of each'
    doctor:'what this machine lacks, and what installs it'
    from:'Takes one end of a connection in your capture and plays it once more: the same'
    list:'every scenario, with its story'
    matrix:'how long does each server keep a dead request?'
    probe:'Brings a socket of this machine'"'"'s kernel into every state, injects every kind of'
    replay:'the same again from a kept folder; needs no root'
    run:'play one, explain its capture, compare with the truth'
    shell:'the hosts up, and a prompt on the client'
  )
  _describe 'unstick lab commands' _commands
}

_shtab_unstick_serve_commands() {
  local _commands=(
    cancel:'end one request, now'
    ctl:'talk to a running node'
    requests:'every request under way'
  )
  _describe 'unstick serve commands' _commands
}

_shtab_unstick_serve_ctl_commands() {
  local _commands=(
    cancel:'end one request, now'
    requests:'every request under way'
  )
  _describe 'unstick serve ctl commands' _commands
}

_shtab_unstick_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  {-V,--version}"[the version]"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_defaults_added=0

_shtab_unstick_checks_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--format[default\: text]:format:(text json)"
  ":C201 or close-wait-unsendable:(C201 C202 C203 C204 C205 H401 H402 H403 H404 M501 M502 M503 M504 M505 M506 P301 P302 P303 P304 P305 R101 R102 R103 R104 R105 R106 R107 R108 R109)"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_checks_defaults_added=0

_shtab_unstick_compare_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--profile[the TCP stack whose rules resets are judged by (default\: the newest Linux\; see unstick profiles)]:NAME:(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)"
  "--format[default\: text]:format:(text json)"
  "-o[write there instead of standard output\; the file appears whole or not at all]:FILE:_files"
  ":a capture:_files"
  ":another:_files"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_compare_defaults_added=0

_shtab_unstick_completion_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  ":bash, zsh or fish:(bash zsh fish)"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_completion_defaults_added=0

_shtab_unstick_demo_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_demo_defaults_added=0

_shtab_unstick_enforce_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "*--port[local ports\: 80, or 80,443,8000-8010\; several times if you like]:P:"
  "*--local[only to these own addresses]:NET:"
  "*--peer[only with these peers]:NET:"
  "*--exe[only of programs of that name]:NAME:"
  "*--pid[only of that process]:N:"
  "*--user[only of that user, or user id]:NAME:"
  "--netns[a network namespace\: name, path, or a pid]:NAME:"
  "--policy[default\: idle\=60 silent\=30]:P:"
  "--kill[end them]"
  "--dry-run[only tell\; so it is without --kill]"
  "--max-kills[end so many in any minute at most, or none for no limit (default\: 60)]:N:"
  "--via[sock_diag\: the kernel ends it (default)\; pidfd\: through its program\'s descriptor]:via:(sock_diag pidfd)"
  "--once[for as long as one judgement takes, then exit]"
  "--every[look at least so often (default\: a quarter of a limit)]:S:"
  "--format[default\: text]:format:(text ndjson)"
  "--log[append one key\=value line a verdict]:FILE:"
  "--metrics[OpenMetrics, written anew at each look]:FILE:"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_enforce_defaults_added=0

_shtab_unstick_explain_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "-Y[host A, net P, port N, stream N\; \'src\' before them is the client, \'dst\' the server\; and or not ( )]:FILTER:"
  "--stream[only this connection, numbered as in Wireshark]:N:"
  "--profile[the TCP stack whose rules resets are judged by (default\: the newest Linux\; see unstick profiles)]:NAME:(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)"
  "--format[default\: text]:format:(text json ndjson)"
  "-o[write there instead of standard output\; the file appears whole or not at all]:FILE:_files"
  "-q[only the headlines]"
  "-v[every reset, every value of the evidence]"
  "--exit-zero[exit with 0 even if there are findings]"
  "--jobs[threads that may be used (default\: one a processor)\; two read and judge side by side]:N:"
  "--max-connections[connections known at once, about 1 kB each (default 1,000,000)\; what a flood opens beyond is counted and reported, not followed]:N:"
  "--timings[say on standard error where the time went]"
  "(*):pcap or pcapng, plain, gzip or zstd\; - is standard input\; several files of one rotation are one capture in time order:_files"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_explain_defaults_added=0

_shtab_unstick_lab_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_lab_defaults_added=0

_shtab_unstick_lab_clean_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_lab_clean_defaults_added=0

_shtab_unstick_lab_conformance_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--profile[whose rules\: one of unstick profiles]:P:(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)"
  "--format[default\: text]:format:(text json)"
  ":packetdrill scripts, in it and below it:_files -/"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_lab_conformance_defaults_added=0

_shtab_unstick_lab_doctor_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_lab_doctor_defaults_added=0

_shtab_unstick_lab_from_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--stream[numbered as in Wireshark]:N:"
  "--side[which end is played\; the other is this kernel (default\: client)]:side:(client server)"
  "--scale[times are multiplied by this]:X:"
  "--keep[keep the capture of the play (pcapng)]:FILE:_files -/"
  ":pcap or pcapng, near the tried end:_files"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_lab_from_defaults_added=0

_shtab_unstick_lab_list_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_lab_list_defaults_added=0

_shtab_unstick_lab_matrix_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--servers[names, or how they begin (gunicorn)\; usual, all (default\: usual)]:S,...:"
  "--clients[names (default\: all)]:C,...:"
  "--conditions[see below\; all (default\: default,limits)]:K,...:"
  "--watch[how long a cell is looked at, at most (default\: 30)]:SECONDS:"
  "--full[as long as each server\'s longest limit takes\: up to 31 minutes]"
  "--parallel[cells at once (default\: 8)]:N:"
  "*-o[\*.json, or Markdown\; may be repeated (default\: Markdown to the terminal)]:FILE:"
  "*--resume[take the cells that are in this JSON from there\; may be repeated]:FILE:"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_lab_matrix_defaults_added=0

_shtab_unstick_lab_probe_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "-o[all that was measured, as JSON]:FILE:_files"
  "--compare[where does the kernel differ from this one\?]:PROFILE:"
  "--measured[read such a file instead\; needs no root]:FILE:"
  "--fuzz[N segments by chance, several in a row]:N:"
  "--seed[of that chance (1)]:S:"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_lab_probe_defaults_added=0

_shtab_unstick_lab_replay_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  ":what lab run --keep DIR has made:_files -/"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_lab_replay_defaults_added=0

_shtab_unstick_lab_run_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--server[instead of the scenario\'s own]:S:(blocking progress varnish nginx haproxy apache lighttpd raw uvicorn-h11-asyncio uvicorn-httptools-uvloop hypercorn-asyncio hypercorn-trio granian-asgi granian-wsgi aiohttp daphne twisted-wsgi gunicorn-sync gunicorn-gthread gunicorn-gevent gunicorn-asgi waitress cheroot tornado http.server socketserver-threads socketserver-forks)"
  "*--sysctl[a setting of the server\'s host, such as net.ipv4.tcp_retries2\=8]:K=V:"
  "-6[over IPv6]"
  "--keep[keep everything that was seen in this new folder]:DIR:_files -/"
  "--wait[until the server\'s host has let go of the connection]"
  "--seed[of all chance (1)]:N:"
  ":one of unstick lab list:(office vps office-today pipelined gave-up-at-last close-notify vanish-in-flight vanish-at-zero-window stop-reading slow-but-alive half-close-served close-wait-leak fin-unanswered fin-wait-2-abandoned nat-forgets-idle keepalive-exhausted challenge-lost reset-spray forged-reset-pair syn-challenge syn-challenge-unheard reset-with-md5-option mtu-black-hole mtu-told-by-icmp sequence-randomiser-breaks-sack close-with-unread-data syn-ack-lost port-closed rotation-mid-stall both-vantage-points-with-nat)"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_lab_run_defaults_added=0

_shtab_unstick_lab_shell_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--server[instead of the scenario\'s own]:S:(blocking progress varnish nginx haproxy apache lighttpd raw uvicorn-h11-asyncio uvicorn-httptools-uvloop hypercorn-asyncio hypercorn-trio granian-asgi granian-wsgi aiohttp daphne twisted-wsgi gunicorn-sync gunicorn-gthread gunicorn-gevent gunicorn-asgi waitress cheroot tornado http.server socketserver-threads socketserver-forks)"
  "-6[over IPv6]"
  ":one of unstick lab list:(office vps office-today pipelined gave-up-at-last close-notify vanish-in-flight vanish-at-zero-window stop-reading slow-but-alive half-close-served close-wait-leak fin-unanswered fin-wait-2-abandoned nat-forgets-idle keepalive-exhausted challenge-lost reset-spray forged-reset-pair syn-challenge syn-challenge-unheard reset-with-md5-option mtu-black-hole mtu-told-by-icmp sequence-randomiser-breaks-sack close-with-unread-data syn-ack-lost port-closed rotation-mid-stall both-vantage-points-with-nat)"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_lab_shell_defaults_added=0

_shtab_unstick_profiles_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--diff[the rules and numbers in which two differ]:('A', 'B'):(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)"
  "--format[default\: text]:format:(text json)"
  ":one stack, whole:(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_profiles_defaults_added=0

_shtab_unstick_serve_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--origin[http\:\/\/HOST\:PORT, or demo\:SIZE for one that is built in]:URL:"
  "--listen[HOST\:PORT (default\: 127.0.0.1\:8080)]:ADDR:"
  "--delivery[default\: progress]:delivery:(progress blocking)"
  "--policy[of progress (default\: idle\=60 silent\=30)]:P:"
  "--send-timeout[of blocking, seconds (default\: 600)]:S:"
  "--memory[what is stored, at most (default\: 1G)]:SIZE:"
  "--metrics[HOST\:PORT for \/metrics (default\: none)]:ADDR:"
  "--control[the control socket, if not the usual]:PATH:"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_serve_defaults_added=0

_shtab_unstick_serve_ctl_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--control[its socket, if you run several nodes]:PATH:"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_serve_ctl_defaults_added=0

_shtab_unstick_serve_ctl_cancel_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  ":of unstick serve ctl requests:"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_serve_ctl_cancel_defaults_added=0

_shtab_unstick_serve_ctl_requests_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--format[default\: text]:format:(text json)"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_serve_ctl_requests_defaults_added=0

_shtab_unstick_streams_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "-Y[host A, net P, port N, stream N\; \'src\' before them is the client, \'dst\' the server\; and or not ( )]:FILTER:"
  "--profile[the TCP stack whose rules resets are judged by (default\: the newest Linux\; see unstick profiles)]:NAME:(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)"
  "--format[default\: text]:format:(text csv ndjson parquet)"
  "-o[write there instead of standard output\; the file appears whole or not at all]:FILE:_files"
  "-q[no progress line]"
  "--jobs[threads that may be used (default\: one a processor)\; two read and judge side by side]:N:"
  "--max-connections[connections known at once, about 1 kB each (default 1,000,000)\; what a flood opens beyond is counted and reported, not followed]:N:"
  "(*):pcap or pcapng, plain, gzip or zstd\; - is standard input\; several files of one rotation are one capture in time order:_files"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_streams_defaults_added=0

_shtab_unstick_trace_options=(
  "(- : *)"{-h,--help}"[show this help message and exit]"
  "--stream[which connection, numbered as in Wireshark]:N:"
  "--addresses[print addresses and ports, too]"
  "-o[write there\; the file appears whole or not at all]:FILE:_files"
  ":pcap or pcapng\; - is standard input:_files"
)

# guard to ensure default positional specs are added only once per session
_shtab_unstick_trace_defaults_added=0


_shtab_unstick() {
  local context state line curcontext="$curcontext" one_or_more='(*)' remainder='(-)*:' default='*::: :->unstick'

  # Add default positional/remainder specs only if none exist, and only once per session
  if (( ! _shtab_unstick_defaults_added )); then
    if (( ${_shtab_unstick_options[(I)${(q)one_or_more}*]} +          ${_shtab_unstick_options[(I)${(q)remainder}*]} +          ${_shtab_unstick_options[(I)${(q)default}]} == 0 )); then
      _shtab_unstick_options+=(': :_shtab_unstick_commands' '*::: :->unstick')
    fi
    _shtab_unstick_defaults_added=1
  fi
  _arguments -C -s $_shtab_unstick_options

  case $state in
    unstick)
      words=($line[1] "${words[@]}")
      (( CURRENT += 1 ))
      curcontext="${curcontext%:*:*}:_shtab_unstick-$line[1]:"
      case $line[1] in
        checks) _arguments -C -s $_shtab_unstick_checks_options ;;
        compare) _arguments -C -s $_shtab_unstick_compare_options ;;
        completion) _arguments -C -s $_shtab_unstick_completion_options ;;
        demo) _arguments -C -s $_shtab_unstick_demo_options ;;
        enforce) _arguments -C -s $_shtab_unstick_enforce_options ;;
        explain) _arguments -C -s $_shtab_unstick_explain_options ;;
        lab) _shtab_unstick_lab ;;
        profiles) _arguments -C -s $_shtab_unstick_profiles_options ;;
        serve) _shtab_unstick_serve ;;
        streams) _arguments -C -s $_shtab_unstick_streams_options ;;
        trace) _arguments -C -s $_shtab_unstick_trace_options ;;
      esac
  esac
}

_shtab_unstick_lab() {
  local context state line curcontext="$curcontext" one_or_more='(*)' remainder='(-)*:' default='*::: :->lab'

  # Add default positional/remainder specs only if none exist, and only once per session
  if (( ! _shtab_unstick_lab_defaults_added )); then
    if (( ${_shtab_unstick_lab_options[(I)${(q)one_or_more}*]} +          ${_shtab_unstick_lab_options[(I)${(q)remainder}*]} +          ${_shtab_unstick_lab_options[(I)${(q)default}]} == 0 )); then
      _shtab_unstick_lab_options+=(': :_shtab_unstick_lab_commands' '*::: :->lab')
    fi
    _shtab_unstick_lab_defaults_added=1
  fi
  _arguments -C -s $_shtab_unstick_lab_options

  case $state in
    lab)
      words=($line[1] "${words[@]}")
      (( CURRENT += 1 ))
      curcontext="${curcontext%:*:*}:_shtab_unstick_lab-$line[1]:"
      case $line[1] in
        clean) _arguments -C -s $_shtab_unstick_lab_clean_options ;;
        conformance) _arguments -C -s $_shtab_unstick_lab_conformance_options ;;
        doctor) _arguments -C -s $_shtab_unstick_lab_doctor_options ;;
        from) _arguments -C -s $_shtab_unstick_lab_from_options ;;
        list) _arguments -C -s $_shtab_unstick_lab_list_options ;;
        matrix) _arguments -C -s $_shtab_unstick_lab_matrix_options ;;
        probe) _arguments -C -s $_shtab_unstick_lab_probe_options ;;
        replay) _arguments -C -s $_shtab_unstick_lab_replay_options ;;
        run) _arguments -C -s $_shtab_unstick_lab_run_options ;;
        shell) _arguments -C -s $_shtab_unstick_lab_shell_options ;;
      esac
  esac
}

_shtab_unstick_serve() {
  local context state line curcontext="$curcontext" one_or_more='(*)' remainder='(-)*:' default='*::: :->serve'

  # Add default positional/remainder specs only if none exist, and only once per session
  if (( ! _shtab_unstick_serve_defaults_added )); then
    if (( ${_shtab_unstick_serve_options[(I)${(q)one_or_more}*]} +          ${_shtab_unstick_serve_options[(I)${(q)remainder}*]} +          ${_shtab_unstick_serve_options[(I)${(q)default}]} == 0 )); then
      _shtab_unstick_serve_options+=(': :_shtab_unstick_serve_commands' '*::: :->serve')
    fi
    _shtab_unstick_serve_defaults_added=1
  fi
  _arguments -C -s $_shtab_unstick_serve_options

  case $state in
    serve)
      words=($line[1] "${words[@]}")
      (( CURRENT += 1 ))
      curcontext="${curcontext%:*:*}:_shtab_unstick_serve-$line[1]:"
      case $line[1] in
        cancel) _arguments -C -s $_shtab_unstick_serve_cancel_options ;;
        ctl) _shtab_unstick_serve_ctl ;;
        requests) _arguments -C -s $_shtab_unstick_serve_requests_options ;;
      esac
  esac
}

_shtab_unstick_serve_ctl() {
  local context state line curcontext="$curcontext" one_or_more='(*)' remainder='(-)*:' default='*::: :->ctl'

  # Add default positional/remainder specs only if none exist, and only once per session
  if (( ! _shtab_unstick_serve_ctl_defaults_added )); then
    if (( ${_shtab_unstick_serve_ctl_options[(I)${(q)one_or_more}*]} +          ${_shtab_unstick_serve_ctl_options[(I)${(q)remainder}*]} +          ${_shtab_unstick_serve_ctl_options[(I)${(q)default}]} == 0 )); then
      _shtab_unstick_serve_ctl_options+=(': :_shtab_unstick_serve_ctl_commands' '*::: :->ctl')
    fi
    _shtab_unstick_serve_ctl_defaults_added=1
  fi
  _arguments -C -s $_shtab_unstick_serve_ctl_options

  case $state in
    ctl)
      words=($line[1] "${words[@]}")
      (( CURRENT += 1 ))
      curcontext="${curcontext%:*:*}:_shtab_unstick_serve_ctl-$line[1]:"
      case $line[1] in
        cancel) _arguments -C -s $_shtab_unstick_serve_ctl_cancel_options ;;
        requests) _arguments -C -s $_shtab_unstick_serve_ctl_requests_options ;;
      esac
  esac
}



typeset -A opt_args

if [[ $zsh_eval_context[-1] == eval ]]; then
  # eval/source/. command, register function for later
  compdef _shtab_unstick -N unstick
else
  # autoload from fpath, call function directly
  _shtab_unstick "$@"
fi
