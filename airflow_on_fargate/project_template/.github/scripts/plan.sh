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
if [ "$code" != 1 ]; then
  # Without the lines about what was refreshed.
  terraform -chdir="$folder" show -no-color plan >"$text"
fi

# A comment can have 65,536 characters. Indented lines are code, whatever is in them.
{
  echo "<!-- plan of airflow-$stage -->"
  echo "### Plan of airflow-$stage"
  echo
  grep --extended-regexp --max-count=1 '^(Plan:|No changes|Changes to Outputs)' "$text" || echo "The plan has failed."
  echo
  echo "<details><summary>Details</summary>"
  echo
  head --bytes=60000 "$text" | iconv --from-code=utf-8 --to-code=utf-8 -c | sed 's/^/    /'
  echo
  echo "</details>"
} >"$report"
cat "$report" >>"$GITHUB_STEP_SUMMARY"
exit "$code"
