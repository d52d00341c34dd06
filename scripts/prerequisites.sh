# Sees to what this machine lacks. Sourced by ./holdfast and ./test; speaks in sentences, on standard error.

say() { printf '%s\n' "$*" >&2; }

require_platform() {
    if [ "$(uname -s)" != Linux ] || [ "$(uname -m)" != x86_64 ]; then
        say "Holdfast runs on Linux x64 (Debian or Ubuntu); this is $(uname -s) $(uname -m). Use such a machine or a virtual one."
        exit 3
    fi
}

require_sdk() {
    if ! command -v dotnet >/dev/null 2>&1; then
        say "Expected the .NET 10 SDK, found no 'dotnet' on the PATH. Install it (package dotnet-sdk-10.0) and call again."
        exit 3
    fi
    if ! dotnet --version >/dev/null 2>&1; then
        say "Expected the .NET 10 SDK, found only: $(dotnet --list-sdks 2>/dev/null | tr '\n' ';'). Install package dotnet-sdk-10.0 and call again."
        exit 3
    fi
}

has_libsodium() {
    ldconfig -p 2>/dev/null | grep -q 'libsodium\.so\.2[0-9]' || /sbin/ldconfig -p 2>/dev/null | grep -q 'libsodium\.so\.2[0-9]'
}

require_libsodium() {
    has_libsodium && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "libsodium is missing: installing Debian's package libsodium23."
        { apt-get update -qq && apt-get install -y -qq libsodium23; } >&2 || true
        has_libsodium && return
    fi
    say "Expected the shared library libsodium (libsodium.so.23 or later), found none. Install it: sudo apt-get install libsodium23"
    exit 3
}

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
