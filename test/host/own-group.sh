#!/usr/bin/env bash
# Runs a script in a process group of its own, so that a test can kill all of it.
set -euo pipefail
exec setsid --wait bash "$@"
