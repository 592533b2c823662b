# Shared by the scripts of this folder: a temporary folder, free ports, and the end of what was started.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly RESULTS=docs/reference/conformance
cargo build --locked --quiet
VESTIBULE=$(realpath "${CARGO_TARGET_DIR:-target}/debug/vestibule")
WORK=$(mktemp -d)
SERVER=
readonly VESTIBULE WORK

finish() {
    [ -z "$SERVER" ] || { kill "$SERVER" && wait "$SERVER"; } 2>/dev/null || true
    rm -rf "$WORK"
}
trap finish EXIT

fail() { printf '%s: %s\n' "$0" "$*" >&2; exit 1; }

# A port of 127.0.0.1 that nobody has.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# An authority, and what a proxy callback on this machine shows; CALLBACK_ARGUMENTS says so to the command.
certificate() {
    local quiet=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    openssl req -x509 "${quiet[@]}" -subj '/CN=conformance' -days 2 \
        -keyout "$WORK/authority.key" -out "$WORK/authority.pem" 2>/dev/null
    openssl req "${quiet[@]}" -subj '/CN=localhost' -keyout "$WORK/callback.key" -out "$WORK/callback.csr" 2>/dev/null
    printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' >"$WORK/callback.ext"
    openssl x509 -req -in "$WORK/callback.csr" -CA "$WORK/authority.pem" -CAkey "$WORK/authority.key" -CAcreateserial \
        -days 2 -extfile "$WORK/callback.ext" -out "$WORK/callback.pem" 2>/dev/null
    CALLBACK_ARGUMENTS=(--callback "https://localhost:$CALLBACK/" --callback-certificate "$WORK/callback.pem"
        --callback-key "$WORK/callback.key")
}

# wait_for URL: until something answers there, a minute at most.
wait_for() {
    for _ in $(seq 300); do
        ! curl --silent --output /dev/null --max-time 5 "$1" || return 0
        kill -0 "$SERVER" 2>/dev/null || fail "the server ended: $(tail -5 "$WORK/log" 2>/dev/null)"
        sleep 0.2
    done
    fail "nothing answers at $1"
}

# check NAME FILE USER PASSWORD ARGUMENTS...: writes the report, and says how the server stands.
check() {
    local name=$1 file=$2 user=$3 password=$4 status=0
    shift 4
    printf '%s\n' "$password" | "$VESTIBULE" conformance --name "$name" --user "$user" --password-file - --json \
        "$@" >"$WORK/report.json" || status=$?
    # 1: some clauses failed, which is a result like another.
    [ $status -le 1 ] || fail 'nothing could be checked'
    mkdir -p "$RESULTS"
    cp "$WORK/report.json" "$RESULTS/$file.json"
}
