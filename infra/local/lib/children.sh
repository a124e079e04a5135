# The processes that this program starts: each with its log, all ended together, none left behind.
# shellcheck shell=bash

declare -A child_pid=() child_command=() child_deaths=()
child_order=()

# A child that has died this often within a minute will not live.
max_deaths=5

check_ports() {
  local taken
  for taken in "$@"; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$taken") 2>/dev/null; then
      fail "port $taken is taken by another program; choose another one (see --help)"
    fi
  done
}

# check_media_ports FIRST COUNT: UDP has nothing to connect to; the kernel's tables say who listens.
check_media_ports() {
  local number
  for ((number = $1; number < $1 + $2; number++)); do
    if awk -v end=":$(printf '%04X' "$number")" '$2 ~ end "$" { taken = 1 } END { exit !taken }' /proc/net/udp; then
      fail "media port $number is taken by another program; choose another one (see --help)"
    fi
    check_ports "$number"
  done
}

# Where media is received and what of it is announced. Firefox sends from the addresses of interfaces only, and pairs none of
# them with a loopback address, so a loopback worker announces one of the machine's own addresses too. ICE keeps strangers out.
media_addresses() {
  media_bind=$1 media_public=$1
  [[ $1 == 127.0.0.1 ]] || return 0
  local own
  for own in $(hostname -I 2>/dev/null); do
    [[ $own =~ ^[0-9.]+$ ]] || continue
    media_bind=0.0.0.0 media_public+=,$own
    break
  done
}

# Should this shell be killed, the kernel ends its children.
start_child() {
  local name=$1
  shift
  child_command[$name]=$(printf '%q ' "$@")
  child_order+=("$name")
  run_child "$name"
}

run_child() {
  local name=$1
  # exec: the process id is the program's own, not that of a shell around it.
  eval "exec setpriv --pdeathsig TERM -- ${child_command[$name]}" >>"$state/logs/$name.log" 2>&1 </dev/null 8>&- &
  child_pid[$name]=$!
  disown "${child_pid[$name]}" # the shell reports no deaths of its own
}

is_running() {
  kill -0 "${child_pid[$1]}" 2>/dev/null
}

# Fails with one sentence when a child has died.
check_children() {
  local name
  for name in "${child_order[@]}"; do
    is_running "$name" || fail "$name has ended; its last words: $(last_words "$name")"
  done
}

last_words() {
  local words
  # Not the lines of a stack trace: what failed stands before them.
  words=$(tail -n 60 "$state/logs/$1.log" | grep -vE '^ +(at |---)|^ *$' | tail -n 1 | cut -c1-200)
  printf '%s (log: %s)' "${words:-none}" "$state/logs/$1.log"
}

wait_for_port() {
  local port=$1 name=$2 attempt
  for ((attempt = 0; attempt < 600; attempt++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    check_children
    sleep 0.05
  done
  fail "$name does not open port $port within 30 s; see $state/logs/$name.log"
}

# The first of several is simply the recorder.
recorder_name() {
  if (($1 == 1)); then printf recorder; else printf 'recorder-%d' "$1"; fi
}

# Ready means: the API answers, storage and bus are there, a worker can take a room, and recorders can record it.
wait_until_ready() {
  local address=$1 key=$2 attempt
  for ((attempt = 0; attempt < 600; attempt++)); do
    if curl -fsS -o /dev/null "$address/health" 2>/dev/null &&
      curl -fsS -H "Authorization: Bearer $key" "$address/v1/rooms?limit=1" -o /dev/null 2>/dev/null &&
      grep -q 'Shard .* is ready' "$state/logs/sfu.log" && are_recorders_ready; then
      return
    fi
    check_children
    sleep 0.05
  done
  fail "EventMeet is not ready within 30 s: $(curl -sS "$address/health" 2>&1 | cut -c1-300)"
}

are_recorders_ready() {
  local number
  for ((number = 1; number <= recorders; number++)); do
    grep -qs 'Recordings are taken' "$state/logs/$(recorder_name "$number").log" || return 1
  done
}

make_join_link() {
  local address=$1 key=$2 name=$3 answer link
  curl -sS -o /dev/null "$address/v1/rooms" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \
    -d "{\"name\":\"$name\"}" || true
  answer=$(curl -sS "$address/v1/rooms/$name/tokens" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \
    -d "{\"identity\":\"guest-$RANDOM\",\"name\":\"Guest\"}")
  link=$(node -e 'process.stdout.write(JSON.parse(process.argv[1]).joinUrl ?? "")' "$answer" 2>/dev/null || true)
  [[ -n $link ]] || fail "no link to room \"$name\" could be made: $answer"
  printf '%s' "$link"
}

# Everything has been up: a child that dies now is started again, as a service manager would, within half a second.
watch_children() {
  local name
  while :; do
    for name in "${child_order[@]}"; do
      is_running "$name" || restart_child "$name"
    done
    # Not "sleep" alone: a signal must end the wait at once.
    sleep 0.25 &
    wait $! || true
  done
}

restart_child() {
  local name=$1 now=$SECONDS death recent=()
  for death in ${child_deaths[$name]:-}; do
    ((now - death < 60)) && recent+=("$death")
  done
  recent+=("$now")
  child_deaths[$name]=${recent[*]}
  ((${#recent[@]} < max_deaths)) || fail "$name has ended ${#recent[@]} times within a minute; its last words: $(last_words "$name")"
  step "$name has ended and is started again; its last words: $(last_words "$name")"
  [[ $name != functions ]] || end_handler
  run_child "$name"
  write_environment
}

# The functions host's own child outlives it when the host is killed; two of them would both take messages.
end_handler() {
  local pid
  pid=$(cat "$state/handler.pid" 2>/dev/null) || return 0
  [[ $(readlink "/proc/$pid/exe" 2>/dev/null) != */bin/functions/EventMeet.Functions ]] || kill -KILL "$pid" 2>/dev/null || true
}

# Workers first, so that participants are told; storage and broker last, so that everything said is kept.
stop_children() {
  local name i attempt
  for ((i = ${#child_order[@]} - 1; i >= 0; i--)); do
    name=${child_order[i]}
    kill -TERM "${child_pid[$name]}" 2>/dev/null || continue
    for ((attempt = 0; attempt < 200; attempt++)); do
      is_running "$name" || break
      sleep 0.05
    done
    kill -KILL "${child_pid[$name]}" 2>/dev/null || true
  done
  end_handler
  rm -f "$state/eventmeet.env" "$state/handler.pid"
}
