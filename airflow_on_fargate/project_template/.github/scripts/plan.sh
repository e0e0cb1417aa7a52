#!/usr/bin/env bash
# plan.sh STAGE REPORT: plan a stage, and write the plan as Markdown to the file REPORT and to the job's summary.
# It ends with Terraform's exit code: 0 without changes, 2 with changes, 1 if the plan has failed.
set -euo pipefail
stage=$1
report=$2
folder="cdktf.out/stacks/airflow-$stage"
text=$(mktemp)

.venv/bin/airflow-fargate synth
terraform -chdir="$folder" init -input=false -no-color
code=0
terraform -chdir="$folder" plan -input=false -no-color -lock-timeout=10m -detailed-exitcode -out=plan >"$text" 2>&1 || code=$?
cat "$text"
if [ "$code" = 0 ] || [ "$code" = 2 ]; then
  # Without the lines about what was refreshed.
  terraform -chdir="$folder" show -no-color plan >"$text"
fi

# Indented lines are code, whatever is in them.
code_block=$(mktemp)
sed 's/^/    /' "$text" >"$code_block"
{
  echo "<!-- plan of airflow-$stage -->"
  echo "### Plan of airflow-$stage"
  echo
  grep --extended-regexp --max-count=1 '^(Plan:|No changes|Changes to Outputs)' "$text" || echo "The plan has failed."
  echo
  echo "<details><summary>Details</summary>"
  echo
  # A comment can have 65,536 characters. A character that is cut in two is left out, which iconv reports as an error.
  head --bytes=60000 "$code_block" | iconv --from-code=utf-8 --to-code=utf-8 -c 2>/dev/null || true
  if [ "$(wc --bytes <"$code_block")" -gt 60000 ]; then
    printf '\n\nThe plan is longer. All of it is in the log of the job.\n'
  fi
  echo
  echo "</details>"
} >"$report"
cat "$report" >>"$GITHUB_STEP_SUMMARY"
exit "$code"
