/** The file that `generate_code` writes: a REST handler for users, complete in itself, in each language. */
import type { Language } from "./language.ts";

export const defaultCodePath: Readonly<Record<Language, string>> = {
  go: "api/users.go",
  typescript: "src/users.ts",
  javascript: "src/users.js",
  python: "app/users.py",
};

export function usersCode(language: Language, path: string, headline: string): string {
  if (language === "go") return goCode(goPackageOf(path), headline);
  if (language === "python") return pythonCode(headline);
  return nodeCode(language === "typescript", headline);
}

/** A Go package is named for its folder. */
function goPackageOf(path: string): string {
  const folder = path.split("/").at(-2) ?? "main";
  const name = folder.toLowerCase().replace(/[^a-z0-9]/g, "");
  return /^[a-z]/.test(name) ? name : "users";
}

function goCode(packageName: string, headline: string): string {
  return `// ${headline}

package ${packageName}

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// User is a person who may sign in.
type User struct {
	ID    int    \`json:"id"\`
	Name  string \`json:"name"\`
	Email string \`json:"email"\`
}

// Users serves the users over HTTP and keeps them in memory.
type Users struct {
	mu     sync.RWMutex
	users  map[int]User
	lastID int
}

// NewUsers returns an empty store.
func NewUsers() *Users {
	return &Users{users: make(map[int]User)}
}

// Register adds the routes to mux.
func (u *Users) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /users", u.list)
	mux.HandleFunc("POST /users", u.create)
	mux.HandleFunc("GET /users/{id}", u.get)
	mux.HandleFunc("DELETE /users/{id}", u.remove)
}

func (u *Users) list(w http.ResponseWriter, _ *http.Request) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	users := make([]User, 0, len(u.users))
	for id := 1; id <= u.lastID; id++ {
		if user, ok := u.users[id]; ok {
			users = append(users, user)
		}
	}
	writeJSON(w, http.StatusOK, map[string][]User{"users": users})
}

func (u *Users) create(w http.ResponseWriter, r *http.Request) {
	var user User
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&user); err != nil {
		writeError(w, http.StatusBadRequest, "The body is not valid JSON.")
		return
	}
	if user.Name == "" || !strings.Contains(user.Email, "@") {
		writeError(w, http.StatusBadRequest, "A name and an email are required.")
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lastID++
	user.ID = u.lastID
	u.users[user.ID] = user
	writeJSON(w, http.StatusCreated, user)
}

func (u *Users) get(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	u.mu.RLock()
	defer u.mu.RUnlock()
	user, ok := u.users[id]
	if err != nil || !ok {
		writeError(w, http.StatusNotFound, "There is no such user.")
		return
	}
	writeJSON(w, http.StatusOK, user)
}

func (u *Users) remove(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, ok := u.users[id]; err != nil || !ok {
		writeError(w, http.StatusNotFound, "There is no such user.")
		return
	}
	delete(u.users, id)
	w.WriteHeader(http.StatusNoContent)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"message": message})
}
`;
}

/** TypeScript and JavaScript differ only in the types. */
function nodeCode(typed: boolean, headline: string): string {
  const types = (text: string) => (typed ? text : "");
  return `// ${headline}
${types('import type { IncomingMessage, ServerResponse } from "node:http";\n\nexport interface User {\n  id: number;\n  name: string;\n  email: string;\n}\n')}
const users = new Map${types("<number, User>")}();
let lastId = 0;

function send(response${types(": ServerResponse")}, status${types(": number")}, body${types(": unknown")})${types(": void")} {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

async function readBody(request${types(": IncomingMessage")})${types(": Promise<Partial<User> | null>")} {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

async function createUser(request${types(": IncomingMessage")}, response${types(": ServerResponse")})${types(": Promise<void>")} {
  const { name, email } = (await readBody(request).catch(() => null)) ?? {};
  if (!name || !email?.includes("@")) {
    send(response, 400, { message: "A name and an email are required." });
    return;
  }
  lastId += 1;
  const user${types(": User")} = { id: lastId, name, email };
  users.set(user.id, user);
  send(response, 201, user);
}

/** Answers /users and /users/<id>. */
export async function handleUsers(request${types(": IncomingMessage")}, response${types(": ServerResponse")})${types(": Promise<void>")} {
  const [, collection, id] = (request.url ?? "/").split("/");
  const user = users.get(Number(id));
  if (collection !== "users") send(response, 404, { message: "There is no such route." });
  else if (request.method === "POST" && id === undefined) await createUser(request, response);
  else if (request.method === "GET" && id === undefined) send(response, 200, { users: [...users.values()] });
  else if (user === undefined) send(response, 404, { message: "There is no such user." });
  else if (request.method === "GET") send(response, 200, user);
  else if (request.method === "DELETE") send(response, 200, { deleted: users.delete(user.id) });
  else send(response, 405, { message: "This method is not served." });
}
`;
}

function pythonCode(headline: string): string {
  return `# ${headline}
"""A REST handler for users, on the standard library alone."""

import json
from http.server import BaseHTTPRequestHandler
from threading import Lock

_users: dict[int, dict[str, object]] = {}
_lock = Lock()


class UsersHandler(BaseHTTPRequestHandler):
    """Answers /users and /users/<id>."""

    def do_GET(self) -> None:
        parts = self.path.strip("/").split("/")
        if parts == ["users"]:
            self._send(200, {"users": list(_users.values())})
        elif len(parts) == 2 and parts[0] == "users" and parts[1].isdigit() and int(parts[1]) in _users:
            self._send(200, _users[int(parts[1])])
        else:
            self._send(404, {"message": "There is no such user."})

    def do_POST(self) -> None:
        if self.path.rstrip("/") != "/users":
            self._send(404, {"message": "There is no such route."})
            return
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            name, email = str(body["name"]), str(body["email"])
        except (ValueError, KeyError, TypeError):
            self._send(400, {"message": "A name and an email are required."})
            return
        with _lock:
            user = {"id": len(_users) + 1, "name": name, "email": email}
            _users[len(_users) + 1] = user
        self._send(201, user)

    def _send(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
`;
}
