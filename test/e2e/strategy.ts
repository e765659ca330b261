/** The two examples of the integration strategy, word for word. */
export const taskExample = `{
  "type": "opencode",
  "payload": {
    "action": "generate_code",
    "language": "go",
    "prompt": "Create a REST API endpoint for user management",
    "context": {
      "workspace_id": "ws-123",
      "file_path": "api/users.go"
    }
  }
}`;

export const workflowExample = `{
  "name": "Full Stack Feature",
  "steps": [
    {
      "id": "backend",
      "agent": "opencode",
      "task": "generate_api"
    },
    {
      "id": "frontend",
      "agent": "opencode",
      "task": "generate_ui",
      "depends_on": ["backend"]
    },
    {
      "id": "deploy",
      "agent": "kubernetes",
      "task": "apply_manifest",
      "depends_on": ["backend", "frontend"]
    }
  ]
}`;
