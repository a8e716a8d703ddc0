#!/usr/bin/env bash
# Builds the players of calls, and fetches their packages, into a folder: install.sh FOLDER
# Needs Go, Maven with a JDK, and Node with npm. Python's packages are those of the other tests.
set -euo pipefail
mkdir -p "$1"
to=$(cd "$1" && pwd)
cd "$(dirname "$0")"

go build -o "$to/player-go" .
npm install --silent --no-audit --no-fund --prefix "$to/node" @grpc/grpc-js@1.14.7
mvn --quiet --batch-mode dependency:copy-dependencies -DincludeScope=runtime \
  -DoutputDirectory="$to/java"
javac -cp "$to/java/*" -d "$to/java" Player.java
touch "$to/complete"
