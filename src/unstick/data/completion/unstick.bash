# Made by `make completion` with shtab (https://github.com/tqdm/shtab); do not edit.
_shtab_unstick_lab_subparsers=(list run replay shell matrix probe doctor clean from conformance)
_shtab_unstick_serve_ctl_subparsers=(requests cancel)
_shtab_unstick_serve_subparsers=(ctl)
_shtab_unstick_subparsers=(demo explain streams compare trace checks profiles lab enforce serve completion)

_shtab_unstick_demo_option_strings=(-h --help)
_shtab_unstick_explain_option_strings=(-h --help -Y --stream --profile --format -o -q -v --exit-zero --jobs --max-connections --timings)
_shtab_unstick_streams_option_strings=(-h --help -Y --profile --format -o -q --jobs --max-connections)
_shtab_unstick_compare_option_strings=(-h --help --profile --format -o)
_shtab_unstick_trace_option_strings=(-h --help --stream --addresses -o)
_shtab_unstick_checks_option_strings=(-h --help --format)
_shtab_unstick_profiles_option_strings=(-h --help --diff --format)
_shtab_unstick_lab_list_option_strings=(-h --help)
_shtab_unstick_lab_run_option_strings=(-h --help --server --sysctl -6 --keep --wait --seed)
_shtab_unstick_lab_replay_option_strings=(-h --help)
_shtab_unstick_lab_shell_option_strings=(-h --help --server -6)
_shtab_unstick_lab_matrix_option_strings=(-h --help --servers --clients --conditions --watch --full --parallel -o --resume)
_shtab_unstick_lab_probe_option_strings=(-h --help -o --compare --measured --fuzz --seed)
_shtab_unstick_lab_doctor_option_strings=(-h --help)
_shtab_unstick_lab_clean_option_strings=(-h --help)
_shtab_unstick_lab_from_option_strings=(-h --help --stream --side --scale --keep)
_shtab_unstick_lab_conformance_option_strings=(-h --help --profile --format)
_shtab_unstick_lab_option_strings=(-h --help)
_shtab_unstick_enforce_option_strings=(-h --help --port --local --peer --exe --pid --user --netns --policy --kill --dry-run --max-kills --via --once --every --format --log --metrics)
_shtab_unstick_serve_ctl_requests_option_strings=(-h --help --format)
_shtab_unstick_serve_ctl_cancel_option_strings=(-h --help)
_shtab_unstick_serve_ctl_option_strings=(-h --help --control)
_shtab_unstick_serve_option_strings=(-h --help --origin --listen --delivery --policy --send-timeout --memory --metrics --control)
_shtab_unstick_completion_option_strings=(-h --help)
_shtab_unstick_option_strings=(-h --help -V --version)

_shtab_unstick_explain_pos_0_COMPGEN=_shtab_compgen_files
_shtab_unstick_explain__o_COMPGEN=_shtab_compgen_files
_shtab_unstick_streams_pos_0_COMPGEN=_shtab_compgen_files
_shtab_unstick_streams__o_COMPGEN=_shtab_compgen_files
_shtab_unstick_compare_pos_0_COMPGEN=_shtab_compgen_files
_shtab_unstick_compare_pos_1_COMPGEN=_shtab_compgen_files
_shtab_unstick_compare__o_COMPGEN=_shtab_compgen_files
_shtab_unstick_trace_pos_0_COMPGEN=_shtab_compgen_files
_shtab_unstick_trace__o_COMPGEN=_shtab_compgen_files
_shtab_unstick_lab_run___keep_COMPGEN=_shtab_compgen_dirs
_shtab_unstick_lab_replay_pos_0_COMPGEN=_shtab_compgen_dirs
_shtab_unstick_lab_probe__o_COMPGEN=_shtab_compgen_files
_shtab_unstick_lab_from_pos_0_COMPGEN=_shtab_compgen_files
_shtab_unstick_lab_from___keep_COMPGEN=_shtab_compgen_dirs
_shtab_unstick_lab_conformance_pos_0_COMPGEN=_shtab_compgen_dirs

_shtab_unstick_explain___profile_choices=(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)
_shtab_unstick_explain___format_choices=(text json ndjson)
_shtab_unstick_streams___profile_choices=(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)
_shtab_unstick_streams___format_choices=(text csv ndjson parquet)
_shtab_unstick_compare___profile_choices=(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)
_shtab_unstick_compare___format_choices=(text json)
_shtab_unstick_checks_pos_0_choices=(C201 C202 C203 C204 C205 H401 H402 H403 H404 M501 M502 M503 M504 M505 M506 P301 P302 P303 P304 P305 R101 R102 R103 R104 R105 R106 R107 R108 R109)
_shtab_unstick_checks___format_choices=(text json)
_shtab_unstick_profiles_pos_0_choices=(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)
_shtab_unstick_profiles___diff_choices=(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)
_shtab_unstick_profiles___format_choices=(text json)
_shtab_unstick_lab_run_pos_0_choices=(office vps office-today pipelined gave-up-at-last close-notify vanish-in-flight vanish-at-zero-window stop-reading slow-but-alive half-close-served close-wait-leak fin-unanswered fin-wait-2-abandoned nat-forgets-idle keepalive-exhausted challenge-lost reset-spray forged-reset-pair syn-challenge syn-challenge-unheard reset-with-md5-option mtu-black-hole mtu-told-by-icmp sequence-randomiser-breaks-sack close-with-unread-data syn-ack-lost port-closed rotation-mid-stall both-vantage-points-with-nat)
_shtab_unstick_lab_run___server_choices=(blocking progress varnish nginx haproxy apache lighttpd raw uvicorn-h11-asyncio uvicorn-httptools-uvloop hypercorn-asyncio hypercorn-trio granian-asgi granian-wsgi aiohttp daphne twisted-wsgi gunicorn-sync gunicorn-gthread gunicorn-gevent gunicorn-asgi waitress cheroot tornado http.server socketserver-threads socketserver-forks)
_shtab_unstick_lab_shell_pos_0_choices=(office vps office-today pipelined gave-up-at-last close-notify vanish-in-flight vanish-at-zero-window stop-reading slow-but-alive half-close-served close-wait-leak fin-unanswered fin-wait-2-abandoned nat-forgets-idle keepalive-exhausted challenge-lost reset-spray forged-reset-pair syn-challenge syn-challenge-unheard reset-with-md5-option mtu-black-hole mtu-told-by-icmp sequence-randomiser-breaks-sack close-with-unread-data syn-ack-lost port-closed rotation-mid-stall both-vantage-points-with-nat)
_shtab_unstick_lab_shell___server_choices=(blocking progress varnish nginx haproxy apache lighttpd raw uvicorn-h11-asyncio uvicorn-httptools-uvloop hypercorn-asyncio hypercorn-trio granian-asgi granian-wsgi aiohttp daphne twisted-wsgi gunicorn-sync gunicorn-gthread gunicorn-gevent gunicorn-asgi waitress cheroot tornado http.server socketserver-threads socketserver-forks)
_shtab_unstick_lab_from___side_choices=(client server)
_shtab_unstick_lab_conformance___profile_choices=(freebsd freebsd-insecure gvisor linux-2.6 linux-3.6 linux-4.11 linux-4.7 linux-6.17 lwip openbsd rfc5961 rfc793 smoltcp xnu)
_shtab_unstick_lab_conformance___format_choices=(text json)
_shtab_unstick_lab_pos_0_choices=(list run replay shell matrix probe doctor clean from conformance)
_shtab_unstick_enforce___via_choices=(sock_diag pidfd)
_shtab_unstick_enforce___format_choices=(text ndjson)
_shtab_unstick_serve_ctl_requests___format_choices=(text json)
_shtab_unstick_serve_ctl_pos_0_choices=(requests cancel)
_shtab_unstick_serve_pos_0_choices=(ctl)
_shtab_unstick_serve___delivery_choices=(progress blocking)
_shtab_unstick_completion_pos_0_choices=(bash zsh fish)
_shtab_unstick_pos_0_choices=(demo explain streams compare trace checks profiles lab enforce serve completion)

_shtab_unstick_demo__h_nargs=0
_shtab_unstick_demo___help_nargs=0
_shtab_unstick_explain_pos_0_nargs=+
_shtab_unstick_explain__h_nargs=0
_shtab_unstick_explain___help_nargs=0
_shtab_unstick_explain__q_nargs=0
_shtab_unstick_explain__v_nargs=0
_shtab_unstick_explain___exit_zero_nargs=0
_shtab_unstick_explain___timings_nargs=0
_shtab_unstick_streams_pos_0_nargs=+
_shtab_unstick_streams__h_nargs=0
_shtab_unstick_streams___help_nargs=0
_shtab_unstick_streams__q_nargs=0
_shtab_unstick_compare__h_nargs=0
_shtab_unstick_compare___help_nargs=0
_shtab_unstick_trace__h_nargs=0
_shtab_unstick_trace___help_nargs=0
_shtab_unstick_trace___addresses_nargs=0
_shtab_unstick_checks__h_nargs=0
_shtab_unstick_checks___help_nargs=0
_shtab_unstick_profiles__h_nargs=0
_shtab_unstick_profiles___help_nargs=0
_shtab_unstick_profiles___diff_nargs=2
_shtab_unstick_lab_list__h_nargs=0
_shtab_unstick_lab_list___help_nargs=0
_shtab_unstick_lab_run__h_nargs=0
_shtab_unstick_lab_run___help_nargs=0
_shtab_unstick_lab_run__6_nargs=0
_shtab_unstick_lab_run___wait_nargs=0
_shtab_unstick_lab_replay__h_nargs=0
_shtab_unstick_lab_replay___help_nargs=0
_shtab_unstick_lab_shell__h_nargs=0
_shtab_unstick_lab_shell___help_nargs=0
_shtab_unstick_lab_shell__6_nargs=0
_shtab_unstick_lab_matrix__h_nargs=0
_shtab_unstick_lab_matrix___help_nargs=0
_shtab_unstick_lab_matrix___full_nargs=0
_shtab_unstick_lab_probe__h_nargs=0
_shtab_unstick_lab_probe___help_nargs=0
_shtab_unstick_lab_doctor__h_nargs=0
_shtab_unstick_lab_doctor___help_nargs=0
_shtab_unstick_lab_clean__h_nargs=0
_shtab_unstick_lab_clean___help_nargs=0
_shtab_unstick_lab_from__h_nargs=0
_shtab_unstick_lab_from___help_nargs=0
_shtab_unstick_lab_conformance__h_nargs=0
_shtab_unstick_lab_conformance___help_nargs=0
_shtab_unstick_lab_pos_0_nargs=A...
_shtab_unstick_lab__h_nargs=0
_shtab_unstick_lab___help_nargs=0
_shtab_unstick_enforce__h_nargs=0
_shtab_unstick_enforce___help_nargs=0
_shtab_unstick_enforce___kill_nargs=0
_shtab_unstick_enforce___dry_run_nargs=0
_shtab_unstick_enforce___once_nargs=0
_shtab_unstick_serve_ctl_requests__h_nargs=0
_shtab_unstick_serve_ctl_requests___help_nargs=0
_shtab_unstick_serve_ctl_cancel__h_nargs=0
_shtab_unstick_serve_ctl_cancel___help_nargs=0
_shtab_unstick_serve_ctl_pos_0_nargs=A...
_shtab_unstick_serve_ctl__h_nargs=0
_shtab_unstick_serve_ctl___help_nargs=0
_shtab_unstick_serve_pos_0_nargs=A...
_shtab_unstick_serve__h_nargs=0
_shtab_unstick_serve___help_nargs=0
_shtab_unstick_completion__h_nargs=0
_shtab_unstick_completion___help_nargs=0
_shtab_unstick_pos_0_nargs=A...
_shtab_unstick__h_nargs=0
_shtab_unstick___help_nargs=0
_shtab_unstick__V_nargs=0
_shtab_unstick___version_nargs=0


# $1=COMP_WORDS[1]
_shtab_compgen_files() {
  compgen -f -- $1  # files
}

# $1=COMP_WORDS[1]
_shtab_compgen_dirs() {
  compgen -d -- $1  # recurse into subdirs
}

# $1=COMP_WORDS[1]
_shtab_replace_nonword() {
  echo "${1//[^[:word:]]/_}"
}

# set default values (called for the initial parser & any subparsers)
_set_parser_defaults() {
  local subparsers_var="${prefix}_subparsers[@]"
  sub_parsers=${!subparsers_var-}

  local current_option_strings_var="${prefix}_option_strings[@]"
  current_option_strings=${!current_option_strings_var}

  completed_positional_actions=0

  _set_new_action "pos_$completed_positional_actions" true
}

# $1=action identifier
# $2=positional action (bool)
# set all identifiers for an action's parameters
_set_new_action() {
  current_action="${prefix}_$(_shtab_replace_nonword $1)"

  local current_action_compgen_var=${current_action}_COMPGEN
  current_action_compgen="${!current_action_compgen_var-}"

  local current_action_choices_var="${current_action}_choices[@]"
  current_action_choices="${!current_action_choices_var-}"

  local current_action_nargs_var="${current_action}_nargs"
  if [ -n "${!current_action_nargs_var-}" ]; then
    current_action_nargs="${!current_action_nargs_var}"
  else
    current_action_nargs=1
  fi

  current_action_args_start_index=$(( $word_index + 1 - $pos_only ))

  current_action_is_positional=$2
}

# Notes:
# `COMPREPLY`: what will be rendered after completion is triggered
# `completing_word`: currently typed word to generate completions for
# `${!var}`: evaluates the content of `var` and expand its content as a variable
_shtab_unstick() {
  local completing_word="${COMP_WORDS[COMP_CWORD]}"
  local previous_word="${COMP_WORDS[COMP_CWORD-1]}"
  local completed_positional_actions
  local current_action
  local current_action_args_start_index
  local current_action_choices
  local current_action_compgen
  local current_action_is_positional
  local current_action_nargs
  local current_option_strings
  local sub_parsers
  COMPREPLY=()

  local prefix=_shtab_unstick
  local word_index=0
  local pos_only=0 # "--" delimiter not encountered yet
  _set_parser_defaults
  word_index=1

  # determine what arguments are appropriate for the current state
  # of the arg parser
  while [ $word_index -ne $COMP_CWORD ]; do
    local this_word="${COMP_WORDS[$word_index]}"

    if [[ $pos_only = 1 || " $this_word " != " -- " ]]; then
      if [[ -n $sub_parsers && " ${sub_parsers[@]} " == *" $this_word "* ]]; then
        # valid subcommand: add it to the prefix & reset the current action
        prefix="${prefix}_$(_shtab_replace_nonword $this_word)"
        _set_parser_defaults
      fi

      if [[ " ${current_option_strings[@]} " == *" $this_word "* ]]; then
        # a new action should be acquired (due to recognised option string or
        # no more input expected from current action);
        # the next positional action can fill in here
        _set_new_action $this_word false
      fi

      if [[ "$current_action_nargs" != "*" ]] && \
         [[ "$current_action_nargs" != "+" ]] && \
         [[ "$current_action_nargs" != "?" ]] && \
         [[ "$current_action_nargs" != *"..." ]] && \
         (( $word_index + 1 - $current_action_args_start_index - $pos_only >= \
            $current_action_nargs )); then
        $current_action_is_positional && let "completed_positional_actions += 1"
        _set_new_action "pos_$completed_positional_actions" true
      fi
    else
      pos_only=1 # "--" delimiter encountered
    fi

    let "word_index+=1"
  done

  # Generate the completions

  COMPREPLY=()
  if [[ $pos_only = 0 && "$completing_word" == -* &&
        ( -z "$current_action_compgen" || "$current_action_is_positional" = true ) ]]; then
    # optional argument started: use option strings
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
      compgen -W "${current_option_strings[*]}" -- "$completing_word")
  elif [[ "$previous_word" =~ ^[0-9\&]*[\<\>]\>?$ ]]; then
    # handle redirection operators
    compopt -o filenames 2>/dev/null || : # bash>=4
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$completing_word")
  else
    # use choices & compgen
    local action_compgen_word="$completing_word"
    # handle tab-completing in the middle of a line (#248 <- #116)
    [[ -n "$current_action_compgen" && "$completing_word" == -* ]] && action_compgen_word=""
    [ -n "$current_action_compgen" ] && {
      [[ "$current_action_compgen" =~ _(file|dir|glob|FILE|DIR|GLOB)|File|Dir|Glob ]] &&
        compopt -o filenames 2>/dev/null || : # bash>=4
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
        "$current_action_compgen" "$action_compgen_word")
    }
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
      compgen -W "${current_action_choices[*]}" -- "$completing_word")
  fi

  if [[ ${#COMPREPLY[@]} = 0 ]]; then
    # native fallback matches are not necessarily filenames (e.g. variables)
    compopt +o filenames 2>/dev/null || : # bash>=4
  fi

  return 0
}

complete -o bashdefault -F _shtab_unstick unstick
