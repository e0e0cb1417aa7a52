#!/usr/bin/env bash
# comment.sh NUMBER REPORT: write REPORT as a comment of the pull request NUMBER, in place of that of an earlier plan.
set -euo pipefail
number=$1
report=$2
comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"
# The first line names the stage.
marker=$(head --lines=1 "$report")

own=".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .id"
id=$(gh api --paginate "$comments" --jq "$own" | head --lines=1)
if [ -n "$id" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$report"
else
  gh api --silent --method POST "$comments" --field "body=@$report"
fi
