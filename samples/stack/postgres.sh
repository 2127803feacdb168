#!/bin/sh
# Becomes a PostgreSQL server at port $1, with its data in this folder. Usage: postgres.sh PORT
set -eu
data=$PWD/data/postgres

# It refuses to be root.
if [ "$(id -u)" -eq 0 ]; then
    mkdir -p "$data"
    chown postgres "$data"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

# Debian keeps the programs off the PATH.
for bin in /usr/lib/postgresql/*/bin; do PATH=$bin:$PATH; done

# Made aside, so that one that was interrupted is not taken for a whole one.
if [ ! -e "$data/main" ]; then
    rm -rf "$data/new"
    initdb --pgdata="$data/new" --auth=trust --username=postgres --encoding=UTF8 --locale=C
    mv "$data/new" "$data/main"
fi
exec postgres -D "$data/main" -h 127.0.0.1 -p "$1" -k "$data"
