#!/bin/sh
# Creates the namespace and the search attributes of Casework. Repeating it changes nothing but the
# retention, which is set to RETENTION each time.
# Needs TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, which the command reads itself.
set -eu

RETENTION=${RETENTION:-30d} # how long a closed workflow can still be looked at and replayed
KEYWORDS="CaseId Stage Harm Queue BlockedOn Detector Jurisdiction Outcome"
INTEGERS="Severity"
MOMENTS="Deadline"

attempts=0
until temporal operator cluster health >/dev/null 2>&1; do
  attempts=$((attempts + 1))
  if [ "$attempts" -ge 60 ]; then
    echo "temporal at $TEMPORAL_ADDRESS is not healthy after 60 attempts" >&2
    exit 1
  fi
  sleep 2
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi

register() { # <type> <name>...
  type=$1
  shift
  for name in "$@"; do
    if ! echo "$present" | grep -Eq "^ *$name +$type *\$"; then
      temporal operator search-attribute create --name "$name" --type "$type"
    fi
  done
}

# A new namespace is known to every part of the server only after some seconds.
attempts=0
until present=$(temporal operator search-attribute list 2>/dev/null); do
  attempts=$((attempts + 1))
  if [ "$attempts" -ge 60 ]; then
    echo "namespace $TEMPORAL_NAMESPACE cannot be read after 60 attempts" >&2
    exit 1
  fi
  sleep 1
done

# shellcheck disable=SC2086 # the lists are meant to be split
{
  register Keyword $KEYWORDS
  register Int $INTEGERS
  register Datetime $MOMENTS
}
echo "namespace $TEMPORAL_NAMESPACE is ready"
