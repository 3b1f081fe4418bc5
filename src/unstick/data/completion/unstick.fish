# Made by `make completion` with shtab (https://github.com/tqdm/shtab); do not edit.
# Parse current commandline:
# - _shtab_unstick_cmdpath=(sub)command path seen so far
# - _shtab_unstick_npos=number of positional arguments given after it
# - options are skipped based on _shtab_unstick_opts_with_value & _shtab_unstick_commands lists
function _shtab_unstick_scan
  set -g _shtab_unstick_cmdpath ''
  set -g _shtab_unstick_npos 0
  set -l tokens (commandline -opc)
  set -e tokens[1]
  set -l expect_value 0
  for t in $tokens
    if test $expect_value -eq 1
      set expect_value 0
      continue
    end
    switch "$t"
      case '--*=*'
        continue
      case '-*'
        if contains -- $t $_shtab_unstick_opts_with_value
          set expect_value 1
        end
        continue
      case '*'
        if test $_shtab_unstick_npos -eq 0
          set -l candidate $t
          if test -n "$_shtab_unstick_cmdpath"
            set candidate "$_shtab_unstick_cmdpath $t"
          end
          if contains -- $candidate $_shtab_unstick_commands
            set -g _shtab_unstick_cmdpath $candidate
            continue
          end
        end
        set -g _shtab_unstick_npos (math $_shtab_unstick_npos + 1)
    end
  end
end

# Condition helper: true if the current (sub)command path equals the given one.
function _shtab_unstick_using
  _shtab_unstick_scan
  test "$_shtab_unstick_cmdpath" = "$argv"
end

set -g _shtab_unstick_commands demo explain streams compare trace checks profiles lab 'lab list' 'lab run' 'lab replay' 'lab shell' 'lab matrix' 'lab probe' 'lab doctor' 'lab clean' 'lab from' 'lab conformance' enforce serve 'serve ctl' 'serve ctl requests' 'serve ctl cancel' completion
set -g _shtab_unstick_opts_with_value --clients --compare --conditions --control --delivery --diff --every --exe --format --fuzz --jobs --keep --listen --local --log --max-connections --max-kills --measured --memory --metrics --netns --origin --parallel --peer --pid --policy --port --profile --resume --scale --seed --send-timeout --server --servers --side --stream --sysctl --user --via --watch -Y -o

complete -c unstick -e
complete -c unstick -f

complete -c unstick -n _shtab_unstick_using -s h -l help -d 'show this help message and exit'
complete -c unstick -n _shtab_unstick_using -s V -l version -d 'the version'
complete -c unstick -n '_shtab_unstick_using; and test $_shtab_unstick_npos -eq 0' -a demo -d 'explain two recorded captures of the story; no network, no root'
complete -c unstick -n '_shtab_unstick_using demo' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using; and test $_shtab_unstick_npos -eq 0' -a explain -d 'why does a connection in this capture not die?'
complete -c unstick -n '_shtab_unstick_using explain' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using explain' -s Y -x -d 'host A, net P, port N, stream N; '"'"'src'"'"' before them is the client, '"'"'dst'"'"' the server; and or not ( )'
complete -c unstick -n '_shtab_unstick_using explain' -l stream -x -d 'only this connection, numbered as in Wireshark'
complete -c unstick -n '_shtab_unstick_using explain' -l profile -xka "freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu" -d 'the TCP stack whose rules resets are judged by (default: the newest Linux; see unstick profiles)'
complete -c unstick -n '_shtab_unstick_using explain' -l format -xka "text json ndjson" -d 'default: text'
complete -c unstick -n '_shtab_unstick_using explain' -s o -xka "(__fish_complete_path (commandline -ct))" -d 'write there instead of standard output; the file appears whole or not at all'
complete -c unstick -n '_shtab_unstick_using explain' -s q -d 'only the headlines'
complete -c unstick -n '_shtab_unstick_using explain' -s v -d 'every reset, every value of the evidence'
complete -c unstick -n '_shtab_unstick_using explain' -l exit-zero -d 'exit with 0 even if there are findings'
complete -c unstick -n '_shtab_unstick_using explain' -l jobs -x -d 'threads that may be used (default: one a processor); two read and judge side by side'
complete -c unstick -n '_shtab_unstick_using explain' -l max-connections -x -d 'connections known at once, about 1 kB each (default 1,000,000); what a flood opens beyond is counted and reported, not followed'
complete -c unstick -n '_shtab_unstick_using explain' -l timings -d 'say on standard error where the time went'
complete -c unstick -n '_shtab_unstick_using explain; and test $_shtab_unstick_npos -ge 0' -ka "(__fish_complete_path (commandline -ct))" -d 'pcap or pcapng, plain, gzip or zstd; - is standard input; several files of one rotation are one capture in time order'
complete -c unstick -n '_shtab_unstick_using; and test $_shtab_unstick_npos -eq 0' -a streams -d 'one row for every TCP connection of a capture'
complete -c unstick -n '_shtab_unstick_using streams' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using streams' -s Y -x -d 'host A, net P, port N, stream N; '"'"'src'"'"' before them is the client, '"'"'dst'"'"' the server; and or not ( )'
complete -c unstick -n '_shtab_unstick_using streams' -l profile -xka "freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu" -d 'the TCP stack whose rules resets are judged by (default: the newest Linux; see unstick profiles)'
complete -c unstick -n '_shtab_unstick_using streams' -l format -xka "text csv ndjson parquet" -d 'default: text'
complete -c unstick -n '_shtab_unstick_using streams' -s o -xka "(__fish_complete_path (commandline -ct))" -d 'write there instead of standard output; the file appears whole or not at all'
complete -c unstick -n '_shtab_unstick_using streams' -s q -d 'no progress line'
complete -c unstick -n '_shtab_unstick_using streams' -l jobs -x -d 'threads that may be used (default: one a processor); two read and judge side by side'
complete -c unstick -n '_shtab_unstick_using streams' -l max-connections -x -d 'connections known at once, about 1 kB each (default 1,000,000); what a flood opens beyond is counted and reported, not followed'
complete -c unstick -n '_shtab_unstick_using streams; and test $_shtab_unstick_npos -ge 0' -ka "(__fish_complete_path (commandline -ct))" -d 'pcap or pcapng, plain, gzip or zstd; - is standard input; several files of one rotation are one capture in time order'
complete -c unstick -n '_shtab_unstick_using; and test $_shtab_unstick_npos -eq 0' -a compare -d 'two captures: both ends of one path, or a good and a bad one'
complete -c unstick -n '_shtab_unstick_using compare' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using compare' -l profile -xka "freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu" -d 'the TCP stack whose rules resets are judged by (default: the newest Linux; see unstick profiles)'
complete -c unstick -n '_shtab_unstick_using compare' -l format -xka "text json" -d 'default: text'
complete -c unstick -n '_shtab_unstick_using compare' -s o -xka "(__fish_complete_path (commandline -ct))" -d 'write there instead of standard output; the file appears whole or not at all'
complete -c unstick -n '_shtab_unstick_using compare; and test $_shtab_unstick_npos -eq 0' -ka "(__fish_complete_path (commandline -ct))" -d 'a capture'
complete -c unstick -n '_shtab_unstick_using compare; and test $_shtab_unstick_npos -eq 1' -ka "(__fish_complete_path (commandline -ct))" -d another
complete -c unstick -n '_shtab_unstick_using; and test $_shtab_unstick_npos -eq 0' -a trace -d 'one connection as text, without payload and addresses'
complete -c unstick -n '_shtab_unstick_using trace' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using trace' -l stream -x -d 'which connection, numbered as in Wireshark'
complete -c unstick -n '_shtab_unstick_using trace' -l addresses -d 'print addresses and ports, too'
complete -c unstick -n '_shtab_unstick_using trace' -s o -xka "(__fish_complete_path (commandline -ct))" -d 'write there; the file appears whole or not at all'
complete -c unstick -n '_shtab_unstick_using trace; and test $_shtab_unstick_npos -eq 0' -ka "(__fish_complete_path (commandline -ct))" -d 'pcap or pcapng; - is standard input'
complete -c unstick -n '_shtab_unstick_using; and test $_shtab_unstick_npos -eq 0' -a checks -d 'every check, or the manual page of one'
complete -c unstick -n '_shtab_unstick_using checks' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using checks' -l format -xka "text json" -d 'default: text'
complete -c unstick -n '_shtab_unstick_using checks; and test $_shtab_unstick_npos -eq 0' -ka "C201 C202 C203 C204 C205 H401 H402 H403 H404 M501 M502 M503 M504 M505 M506 P301 P302 P303 P304 P305 R101 R102 R103 R104 R105 R106 R107 R108 R109" -d 'C201 or close-wait-unsendable'
complete -c unstick -n '_shtab_unstick_using; and test $_shtab_unstick_npos -eq 0' -a profiles -d 'every TCP stack we know, or the rules of one'
complete -c unstick -n '_shtab_unstick_using profiles' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using profiles' -l diff -xka "freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu" -d 'the rules and numbers in which two differ'
complete -c unstick -n '_shtab_unstick_using profiles' -l format -xka "text json" -d 'default: text'
complete -c unstick -n '_shtab_unstick_using profiles; and test $_shtab_unstick_npos -eq 0' -ka "freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu" -d 'one stack, whole'
complete -c unstick -n '_shtab_unstick_using; and test $_shtab_unstick_npos -eq 0' -a lab -d 'reproduce it: real hosts, real stacks, a fault of your choice'
complete -c unstick -n '_shtab_unstick_using lab' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using lab; and test $_shtab_unstick_npos -eq 0' -a list -d 'every scenario, with its story'
complete -c unstick -n '_shtab_unstick_using lab list' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using lab; and test $_shtab_unstick_npos -eq 0' -a run -d 'play one, explain its capture, compare with the truth'
complete -c unstick -n '_shtab_unstick_using lab run' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using lab run' -l server -xka "blocking progress varnish nginx haproxy apache lighttpd raw uvicorn-h11-asyncio uvicorn-httptools-uvloop hypercorn-asyncio hypercorn-trio granian-asgi granian-wsgi aiohttp daphne twisted-wsgi gunicorn-sync gunicorn-gthread gunicorn-gevent gunicorn-asgi waitress cheroot tornado http.server socketserver-threads socketserver-forks" -d 'instead of the scenario'"'"'s own'
complete -c unstick -n '_shtab_unstick_using lab run' -l sysctl -x -d 'a setting of the server'"'"'s host, such as net.ipv4.tcp_retries2=8'
complete -c unstick -n '_shtab_unstick_using lab run' -s 6 -d 'over IPv6'
complete -c unstick -n '_shtab_unstick_using lab run' -l keep -xka "(__fish_complete_directories)" -d 'keep everything that was seen in this new folder'
complete -c unstick -n '_shtab_unstick_using lab run' -l wait -d 'until the server'"'"'s host has let go of the connection'
complete -c unstick -n '_shtab_unstick_using lab run' -l seed -x -d 'of all chance (1)'
complete -c unstick -n '_shtab_unstick_using lab run; and test $_shtab_unstick_npos -eq 0' -ka "office vps office-today pipelined gave-up-at-last close-notify vanish-in-flight vanish-at-zero-window stop-reading slow-but-alive half-close-served close-wait-leak fin-unanswered fin-wait-2-abandoned nat-forgets-idle keepalive-exhausted challenge-lost reset-spray forged-reset-pair syn-challenge syn-challenge-unheard reset-with-md5-option mtu-black-hole mtu-told-by-icmp sequence-randomiser-breaks-sack close-with-unread-data syn-ack-lost port-closed rotation-mid-stall both-vantage-points-with-nat" -d 'one of unstick lab list'
complete -c unstick -n '_shtab_unstick_using lab; and test $_shtab_unstick_npos -eq 0' -a replay -d 'the same again from a kept folder; needs no root'
complete -c unstick -n '_shtab_unstick_using lab replay' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using lab replay; and test $_shtab_unstick_npos -eq 0' -ka "(__fish_complete_directories)" -d 'what lab run --keep DIR has made'
complete -c unstick -n '_shtab_unstick_using lab; and test $_shtab_unstick_npos -eq 0' -a shell -d 'the hosts up, and a prompt on the client'
complete -c unstick -n '_shtab_unstick_using lab shell' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using lab shell' -l server -xka "blocking progress varnish nginx haproxy apache lighttpd raw uvicorn-h11-asyncio uvicorn-httptools-uvloop hypercorn-asyncio hypercorn-trio granian-asgi granian-wsgi aiohttp daphne twisted-wsgi gunicorn-sync gunicorn-gthread gunicorn-gevent gunicorn-asgi waitress cheroot tornado http.server socketserver-threads socketserver-forks" -d 'instead of the scenario'"'"'s own'
complete -c unstick -n '_shtab_unstick_using lab shell' -s 6 -d 'over IPv6'
complete -c unstick -n '_shtab_unstick_using lab shell; and test $_shtab_unstick_npos -eq 0' -ka "office vps office-today pipelined gave-up-at-last close-notify vanish-in-flight vanish-at-zero-window stop-reading slow-but-alive half-close-served close-wait-leak fin-unanswered fin-wait-2-abandoned nat-forgets-idle keepalive-exhausted challenge-lost reset-spray forged-reset-pair syn-challenge syn-challenge-unheard reset-with-md5-option mtu-black-hole mtu-told-by-icmp sequence-randomiser-breaks-sack close-with-unread-data syn-ack-lost port-closed rotation-mid-stall both-vantage-points-with-nat" -d 'one of unstick lab list'
complete -c unstick -n '_shtab_unstick_using lab; and test $_shtab_unstick_npos -eq 0' -a matrix -d 'how long does each server keep a dead request?'
complete -c unstick -n '_shtab_unstick_using lab matrix' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using lab matrix' -l servers -x -d 'names, or how they begin (gunicorn); usual, all (default: usual)'
complete -c unstick -n '_shtab_unstick_using lab matrix' -l clients -x -d 'names (default: all)'
complete -c unstick -n '_shtab_unstick_using lab matrix' -l conditions -x -d 'see below; all (default: default,limits)'
complete -c unstick -n '_shtab_unstick_using lab matrix' -l watch -x -d 'how long a cell is looked at, at most (default: 30)'
complete -c unstick -n '_shtab_unstick_using lab matrix' -l full -d 'as long as each server'"'"'s longest limit takes: up to 31 minutes'
complete -c unstick -n '_shtab_unstick_using lab matrix' -l parallel -x -d 'cells at once (default: 8)'
complete -c unstick -n '_shtab_unstick_using lab matrix' -s o -x -d '*.json, or Markdown; may be repeated (default: Markdown to the terminal)'
complete -c unstick -n '_shtab_unstick_using lab matrix' -l resume -x -d 'take the cells that are in this JSON from there; may be repeated'
complete -c unstick -n '_shtab_unstick_using lab; and test $_shtab_unstick_npos -eq 0' -a probe -d 'Brings a socket of this machine'"'"'s kernel into every state, injects every kind of'
complete -c unstick -n '_shtab_unstick_using lab probe' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using lab probe' -s o -xka "(__fish_complete_path (commandline -ct))" -d 'all that was measured, as JSON'
complete -c unstick -n '_shtab_unstick_using lab probe' -l compare -x -d 'where does the kernel differ from this one?'
complete -c unstick -n '_shtab_unstick_using lab probe' -l measured -x -d 'read such a file instead; needs no root'
complete -c unstick -n '_shtab_unstick_using lab probe' -l fuzz -x -d 'N segments by chance, several in a row'
complete -c unstick -n '_shtab_unstick_using lab probe' -l seed -x -d 'of that chance (1)'
complete -c unstick -n '_shtab_unstick_using lab; and test $_shtab_unstick_npos -eq 0' -a doctor -d 'what this machine lacks, and what installs it'
complete -c unstick -n '_shtab_unstick_using lab doctor' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using lab; and test $_shtab_unstick_npos -eq 0' -a clean -d 'remove what a killed run left'
complete -c unstick -n '_shtab_unstick_using lab clean' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using lab; and test $_shtab_unstick_npos -eq 0' -a from -d 'Takes one end of a connection in your capture and plays it once more: the same'
complete -c unstick -n '_shtab_unstick_using lab from' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using lab from' -l stream -x -d 'numbered as in Wireshark'
complete -c unstick -n '_shtab_unstick_using lab from' -l side -xka "client server" -d 'which end is played; the other is this kernel (default: client)'
complete -c unstick -n '_shtab_unstick_using lab from' -l scale -x -d 'times are multiplied by this'
complete -c unstick -n '_shtab_unstick_using lab from' -l keep -xka "(__fish_complete_directories)" -d 'keep the capture of the play (pcapng)'
complete -c unstick -n '_shtab_unstick_using lab from; and test $_shtab_unstick_npos -eq 0' -ka "(__fish_complete_path (commandline -ct))" -d 'pcap or pcapng, near the tried end'
complete -c unstick -n '_shtab_unstick_using lab; and test $_shtab_unstick_npos -eq 0' -a conformance -d 'Reads the packetdrill scripts (*.pkt) in a folder and below it, and asks of each'
complete -c unstick -n '_shtab_unstick_using lab conformance' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using lab conformance' -l profile -xka "freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu" -d 'whose rules: one of unstick profiles'
complete -c unstick -n '_shtab_unstick_using lab conformance' -l format -xka "text json" -d 'default: text'
complete -c unstick -n '_shtab_unstick_using lab conformance; and test $_shtab_unstick_npos -eq 0' -ka "(__fish_complete_directories)" -d 'packetdrill scripts, in it and below it'
complete -c unstick -n '_shtab_unstick_using; and test $_shtab_unstick_npos -eq 0' -a enforce -d 'end connections whose peer takes nothing, of any program here'
complete -c unstick -n '_shtab_unstick_using enforce' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using enforce' -l port -x -d 'local ports: 80, or 80,443,8000-8010; several times if you like'
complete -c unstick -n '_shtab_unstick_using enforce' -l local -x -d 'only to these own addresses'
complete -c unstick -n '_shtab_unstick_using enforce' -l peer -x -d 'only with these peers'
complete -c unstick -n '_shtab_unstick_using enforce' -l exe -x -d 'only of programs of that name'
complete -c unstick -n '_shtab_unstick_using enforce' -l pid -x -d 'only of that process'
complete -c unstick -n '_shtab_unstick_using enforce' -l user -x -d 'only of that user, or user id'
complete -c unstick -n '_shtab_unstick_using enforce' -l netns -x -d 'a network namespace: name, path, or a pid'
complete -c unstick -n '_shtab_unstick_using enforce' -l policy -x -d 'default: idle=60 silent=30'
complete -c unstick -n '_shtab_unstick_using enforce' -l kill -d 'end them'
complete -c unstick -n '_shtab_unstick_using enforce' -l dry-run -d 'only tell; so it is without --kill'
complete -c unstick -n '_shtab_unstick_using enforce' -l max-kills -x -d 'end so many in any minute at most, or none for no limit (default: 60)'
complete -c unstick -n '_shtab_unstick_using enforce' -l via -xka "sock_diag pidfd" -d 'sock_diag: the kernel ends it (default); pidfd: through its program'"'"'s descriptor'
complete -c unstick -n '_shtab_unstick_using enforce' -l once -d 'for as long as one judgement takes, then exit'
complete -c unstick -n '_shtab_unstick_using enforce' -l every -x -d 'look at least so often (default: a quarter of a limit)'
complete -c unstick -n '_shtab_unstick_using enforce' -l format -xka "text ndjson" -d 'default: text'
complete -c unstick -n '_shtab_unstick_using enforce' -l log -x -d 'append one key=value line a verdict'
complete -c unstick -n '_shtab_unstick_using enforce' -l metrics -x -d 'OpenMetrics, written anew at each look'
complete -c unstick -n '_shtab_unstick_using; and test $_shtab_unstick_npos -eq 0' -a serve -d 'a caching proxy that delivers as in 2015, or with a guarantee'
complete -c unstick -n '_shtab_unstick_using serve' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using serve' -l origin -x -d 'http://HOST:PORT, or demo:SIZE for one that is built in'
complete -c unstick -n '_shtab_unstick_using serve' -l listen -x -d 'HOST:PORT (default: 127.0.0.1:8080)'
complete -c unstick -n '_shtab_unstick_using serve' -l delivery -xka "progress blocking" -d 'default: progress'
complete -c unstick -n '_shtab_unstick_using serve' -l policy -x -d 'of progress (default: idle=60 silent=30)'
complete -c unstick -n '_shtab_unstick_using serve' -l send-timeout -x -d 'of blocking, seconds (default: 600)'
complete -c unstick -n '_shtab_unstick_using serve' -l memory -x -d 'what is stored, at most (default: 1G)'
complete -c unstick -n '_shtab_unstick_using serve' -l metrics -x -d 'HOST:PORT for /metrics (default: none)'
complete -c unstick -n '_shtab_unstick_using serve' -l control -x -d 'the control socket, if not the usual'
complete -c unstick -n '_shtab_unstick_using serve; and test $_shtab_unstick_npos -eq 0' -a ctl -d 'talk to a running node'
complete -c unstick -n '_shtab_unstick_using serve ctl' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using serve ctl' -l control -x -d 'its socket, if you run several nodes'
complete -c unstick -n '_shtab_unstick_using serve ctl; and test $_shtab_unstick_npos -eq 0' -a requests -d 'every request under way'
complete -c unstick -n '_shtab_unstick_using serve ctl requests' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using serve ctl requests' -l format -xka "text json" -d 'default: text'
complete -c unstick -n '_shtab_unstick_using serve ctl; and test $_shtab_unstick_npos -eq 0' -a cancel -d 'end one request, now'
complete -c unstick -n '_shtab_unstick_using serve ctl cancel' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using; and test $_shtab_unstick_npos -eq 0' -a completion -d 'completion for bash, zsh or fish'
complete -c unstick -n '_shtab_unstick_using completion' -s h -l help -d 'show this help message and exit'
complete -c unstick -n '_shtab_unstick_using completion; and test $_shtab_unstick_npos -eq 0' -ka "bash zsh fish" -d 'bash, zsh or fish'
