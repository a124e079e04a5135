# How this program speaks: a line per step, one sentence when something is wrong.
# shellcheck shell=bash

started_at=$EPOCHREALTIME

step() {
  local elapsed=$(((${EPOCHREALTIME/[.,]/} - ${started_at/[.,]/}) / 100000))
  printf '%3d.%d s  %s\n' "$((elapsed / 10))" "$((elapsed % 10))" "$1"
}

fail() {
  printf 'infra/local/up: %s\n' "$1" >&2
  code=1
  exit 1
}

print_welcome() {
  step "EventMeet is ready"
  cat <<TEXT

  Page      $url/meet/
  API key   $api_key
  Logs      $state/logs/
TEXT
  [[ -n ${join_link:-} ]] && printf '  Join      %s\n' "$join_link"
  cat <<TEXT

  Make a room and a link to join it:

    curl -sS $url/v1/rooms -H "Authorization: Bearer $api_key" \\
      -H 'Content-Type: application/json' -d '{"name":"standup"}'
    curl -sS $url/v1/rooms/standup/tokens -H "Authorization: Bearer $api_key" \\
      -H 'Content-Type: application/json' -d '{"identity":"ada","name":"Ada"}'
TEXT
  ((recorders > 0)) && cat <<TEXT

  Record it, and see how far the recording is:

    curl -sS $url/v1/rooms/standup/recordings -H "Authorization: Bearer $api_key" \\
      -H 'Content-Type: application/json' -d '{"startedBy":"Ada"}'
    curl -sS $url/v1/rooms/standup/recordings -H "Authorization: Bearer $api_key"
TEXT
  cat <<TEXT

  Ctrl-C stops everything.
TEXT
}

# For scripts: the same facts, and who is who. Readable by its owner alone: it holds the key.
write_environment() {
  local number recorder_pids=()
  for ((number = 1; number <= recorders; number++)); do recorder_pids+=("${child_pid[$(recorder_name "$number")]}"); done
  (
    umask 077
    IFS=,
    cat >"$state/eventmeet.env.new" <<TEXT
EVENTMEET_URL=$url
EVENTMEET_API_KEY=$api_key
EVENTMEET_PORT=$port
EVENTMEET_BUS_PORT=$bus_port
EVENTMEET_STORAGE_PORT=$storage_port
EVENTMEET_MEDIA_PORT=$media_port
EVENTMEET_STATE=$state
EVENTMEET_UP_PID=$$
EVENTMEET_BROKER_PID=${child_pid[broker]}
EVENTMEET_AZURITE_PID=${child_pid[azurite]}
EVENTMEET_SFU_PID=${child_pid[sfu]}
EVENTMEET_RECORDER_PIDS=${recorder_pids[*]}
EVENTMEET_FUNCTIONS_HOST_PID=${child_pid[functions]}
EVENTMEET_HANDLER_PID_FILE=$state/handler.pid
TEXT
    mv "$state/eventmeet.env.new" "$state/eventmeet.env" # whoever reads it finds all of it
  )
}
