#!/usr/bin/env bash
# drift.sh STAGE: plan a stage; keep an issue open while the plan has changes, and close it when it has none.
set -euo pipefail
stage=$1
report=$(mktemp)
title="Drift of airflow-$stage"

code=0
bash "$(dirname "$0")/plan.sh" "$stage" "$report" || code=$?
number=$(gh issue list --state open --limit 1000 --json number,title --jq ".[] | select(.title == \"$title\") | .number" | head --lines=1)
case $code in
  0) [ -z "$number" ] || gh issue close "$number" --comment "The plan has no changes any more." ;;
  2)
    if [ -n "$number" ]; then
      gh issue comment "$number" --body-file "$report"
    else
      gh issue create --title "$title" --body-file "$report"
    fi
    ;;
  *) exit "$code" ;;
esac
