#!/usr/bin/env bash
# Builds the images, starts docker-compose.yml as a project of its own on a free port, and proves the whole path: the
# strategy's three-step workflow by curl, and that Redis and the workers may be killed. Cleans up after itself.
#
#   bash scripts/test-compose.sh            needs Docker with Compose v2, curl and node; says so and skips without Docker
#   KEEP=1 bash scripts/test-compose.sh     leaves everything running
set -euo pipefail
cd "$(dirname "$0")/.."

passed=0 failed=0
ok() { printf '  ok      %s\n' "$1"; passed=$((passed + 1)); }
bad() { printf '  FAILED  %s\n' "$1"; failed=$((failed + 1)); }
check() { # check TITLE COMMAND…
  local title=$1; shift
  if "$@"; then ok "$title"; else bad "$title"; fi
}

if ! timeout 10 docker info >/dev/null 2>&1 || ! docker compose version >/dev/null 2>&1; then
  echo 'SKIPPED compose: no Docker engine with Compose v2 answers here (see DOCKER_HOST)'
  exit 0
fi

work=$(mktemp -d)
export COMPOSE_PROJECT_NAME="drover-test-$$" DROVER_PUBLISH=127.0.0.1:0 DROVER_DIAGNOSTICS=true
compose() { docker compose --ansi never --env-file "$work/env" "$@"; }
finish() {
  local status=$?
  if [[ $status -ne 0 ]]; then
    compose ps --all || true
    compose logs --no-color --tail 60 || true
  fi
  if [[ -z ${KEEP:-} ]]; then
    compose down --volumes --remove-orphans --timeout 20 >/dev/null 2>&1 || true
    rm -rf "$work"
  fi
  exit "$status"
}
trap finish EXIT

node scripts/make-env.mjs "$work/env" >/dev/null
key=$(sed -n 's/^DROVER_BOOTSTRAP_KEY=//p' "$work/env")
compose config --quiet
compose build --quiet
compose up --detach --wait --wait-timeout 180 >"$work/up.log" 2>&1 || { cat "$work/up.log"; exit 1; }
base=http://$(compose port api-gateway 8080)

call() { # call METHOD PATH [BODY]: the answer's body
  local body=()
  [[ -n ${3:-} ]] && body=(--header 'Content-Type: application/json' --data "$3")
  curl --silent --show-error --max-time 70 --request "$1" --header "Authorization: Bearer $key" "${body[@]}" "$base$2"
}
status_of() { curl --silent --output /dev/null --write-out '%{http_code}' --max-time 20 "$1"; }
field() { # field EXPRESSION: of the JSON on standard input, which the expression calls `it`
  node -e 'const it = JSON.parse(require("node:fs").readFileSync(0, "utf8")); console.log(eval(process.argv[1]))' "$1"
}
within() { # within SECONDS COMMAND…: until it succeeds
  local deadline=$((SECONDS + $1)); shift
  until "$@"; do [[ $SECONDS -lt $deadline ]] || return 1; sleep 1; done
}
ready() { [[ $(status_of "$base/readyz") == 200 ]]; }
agents_available() { # `degraded` counts: in plan mode the kubernetes agent says so
  local names
  names=$(call GET /api/v2/agents/registry 2>/dev/null |
    field 'it.agents.filter((a) => a.status !== "unavailable").map((a) => a.name).join(" ")' 2>/dev/null) || return 1
  for name in opencode agentzero kubernetes diagnostics; do [[ " $names " == *" $name "* ]] || return 1; done
}
final() { # final PATH: the status of a task or run, once it is final or four minutes have passed
  local deadline=$((SECONDS + 240)) status=unknown
  while [[ $SECONDS -lt $deadline ]]; do
    status=$(call GET "$1?wait=30" 2>/dev/null | field it.status 2>/dev/null) || { sleep 1; continue; }
    case $status in completed | failed | cancelled) break ;; esac
  done
  echo "$status"
}
workflow='{"name": "Full Stack Feature", "steps": [
  {"id": "backend", "agent": "opencode", "task": "generate_api"},
  {"id": "frontend", "agent": "opencode", "task": "generate_ui", "depends_on": ["backend"]},
  {"id": "deploy", "agent": "kubernetes", "task": "apply_manifest", "depends_on": ["backend", "frontend"]}]}'
submit_workflow() { # and keeps its id
  call POST /api/v2/agents/agentzero/workflows "$workflow" | field it.id >"$work/run"
}
run_path() { echo "/api/v2/agents/agentzero/workflows/$(cat "$work/run")"; }
run_completes() {
  [[ $(final "$(run_path)") == completed ]] && return
  call GET "$(run_path)" >&2
  return 1
}
run_workflow() { submit_workflow && run_completes; }
run_is() { [[ $(call GET "$(run_path)" | field it.status) == "$1" ]]; }
step_runs() { [[ $(call GET "$(run_path)" | field 'it.steps.some((step) => step.status === "running")') == true ]]; }
execute_diagnostics() { # execute_diagnostics FIELDS: the id of the task
  call POST /api/v2/agents/execute "{\"type\": \"diagnostics\", \"payload\": {$1}}" | field it.id
}
task_completes() { [[ $(final "/api/v2/agents/tasks/$1") == completed ]]; }
unprivileged() {
  local service
  for service in api-gateway opencode-worker agentzero-orchestrator infra-worker demo-model; do
    # shellcheck disable=SC2016  # the container's shell expands it
    compose exec -T "$service" sh -c '
      [ "$(id -u)" != 0 ] && ! touch /app/x 2>/dev/null || exit 1
      for tool in npm npx pnpm turbo tsc; do ! command -v "$tool" || exit 1; done' || return 1
  done
}
acknowledged_survives_redis() { # acknowledged just before Redis is killed, done once Redis is back
  local task
  task=$(execute_diagnostics '"action": "sleep", "ms": 3000, "value": "kept"') || return 1
  compose kill --signal KILL redis >/dev/null 2>&1
  compose up --detach --wait --wait-timeout 90 redis >/dev/null 2>&1 || return 1
  within 60 ready && task_completes "$task"
}
workers_killed_in_a_run() { # in the middle of a step; the next workers end the run
  submit_workflow && within 30 step_runs || return 1
  compose kill --signal KILL opencode-worker infra-worker agentzero-orchestrator >/dev/null 2>&1
  compose up --detach --wait --wait-timeout 120 >/dev/null 2>&1 && run_completes
}
worker_crashes() { # by itself: Docker starts it again, and the task's second attempt completes
  local task
  task=$(execute_diagnostics '"action": "fail", "class": "crash", "times": 1, "value": "back"') || return 1
  task_completes "$task"
}

echo 'compose:'
check 'every part is healthy and the gateway is ready' within 30 ready
check 'a caller without a key is refused' test "$(status_of "$base/api/v2/agents/registry")" = 401
check 'the agents are in the registry' within 60 agents_available
check 'no container runs as root, writes its image or holds a package manager' unprivileged
check 'the three-step workflow completes' run_workflow
check 'an acknowledged task survives a killed Redis' acknowledged_survives_redis
check 'the finished run is still there' run_is completed
check 'workers killed in the middle of a run are replaced and the run completes' workers_killed_in_a_run
check 'a worker that crashes is started again and its task completes' worker_crashes

echo "compose: $passed passed, $failed failed"
[[ $failed -eq 0 ]]
