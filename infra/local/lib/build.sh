# Installs what is missing and builds what has changed.
# shellcheck shell=bash

# name of the program, its project
programs=(
  "broker infra/local/Broker"
  "functions functions"
  "functions-host infra/local/FunctionsHost"
  "sfu media-workers/Sfu"
  "recorder media-workers/Recorder"
  "self-test tests/SelfTest"
)

check_tools() {
  command -v dotnet >/dev/null || fail "the .NET SDK is missing; install version 10 (https://dotnet.microsoft.com/download)"
  command -v node >/dev/null || fail "Node.js is missing; install version 20 or newer"
  command -v npm >/dev/null || fail "npm is missing; it comes with Node.js"
  [[ $(dotnet --version 2>/dev/null || true) == 10.* ]] || fail "the .NET SDK must be version 10; see global.json"
  local missing=()
  command -v curl >/dev/null || missing+=(curl)
  command -v openssl >/dev/null || missing+=(openssl)
  ((recorders == 0)) || command -v ffmpeg >/dev/null || missing+=(ffmpeg) # with ffprobe, and a font by what it depends on
  command -v setpriv >/dev/null || missing+=(util-linux)
  [[ $(ldconfig -p) == *libssl.so.3* ]] || missing+=(libssl3)
  ((${#missing[@]} == 0)) && return
  step "Installing ${missing[*]}"
  ((EUID == 0)) || fail "these packages are missing: ${missing[*]}; install them with apt-get, or run this as root once"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    >"$state/logs/apt.log" 2>&1 || fail "apt-get could not install ${missing[*]}; see $state/logs/apt.log"
}

# Has anything below these paths changed since the stamp was written?
changed_since() {
  local stamp=$1
  shift
  [[ ! -e $stamp ]] || [[ -n $(cd "$root" && find "$@" \( -name node_modules -o -name dist -o -name artifacts \) -prune \
    -o -type f -newer "$stamp" -print -quit) ]]
}

# The compiler's servers outlive a build: none of them may inherit the lock (descriptor 8).
build_programs() {
  if changed_since "$state/npm.stamp" infra/local/package-lock.json || [[ ! -d $here/node_modules/azurite ]]; then
    step "Installing Azurite"
    npm_quietly "$here" ci
    touch "$state/npm.stamp"
  fi
  if changed_since "$state/web.stamp" web; then
    step "Building the web pages"
    touch "$state/web.stamp.new"
    npm_quietly "$root/web" ci
    npm_quietly "$root/web" run build
    rm -rf "$state/bin/meeting"
    cp -r "$root/web/meeting/dist" "$state/bin/meeting"
    mv "$state/web.stamp.new" "$state/web.stamp"
  fi
  if changed_since "$state/dotnet.stamp" contracts functions media-workers infra/local tests/SelfTest tests/Testing host.json \
    global.json Directory.Build.props Directory.Packages.props; then
    touch "$state/dotnet.stamp.new"
    local program name project
    for program in "${programs[@]}"; do
      read -r name project <<<"$program"
      step "Building $name"
      (cd "$root" && dotnet publish "$project" -c Release -o "$state/bin/$name" -v q -nologo -p:RunAnalyzers=false) \
        8>&- >"$state/logs/build-$name.log" 2>&1 || fail "$project does not build; see $state/logs/build-$name.log"
    done
    mv "$state/dotnet.stamp.new" "$state/dotnet.stamp"
  fi
}

npm_quietly() {
  local folder=$1
  shift
  (cd "$folder" && npm "$@" --no-audit --no-fund) 8>&- >"$state/logs/npm.log" 2>&1 ||
    fail "npm $* fails in $folder; see $state/logs/npm.log"
}
