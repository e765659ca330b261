/**
 * The parts of a prompt that a machine can find: lines like `Action: generate_code`, `Language: go`, `File: api/users.go`,
 * `Files: a.js, b.js`, `Workflow: …`, `Step: …`, and the sections `# Request` and `# Files to look at`. Where there is no
 * `# Request`, everything but those lines is the request.
 */

const keys = ["Action", "Language", "File", "Files", "Workflow", "Step"] as const;
type Key = (typeof keys)[number];

export interface TaskPrompt {
  /** `prompt` where none is named. */
  readonly action: string;
  readonly language: string | null;
  /** The file named, or else the first of the files named. */
  readonly file: string | null;
  /** Everything but those lines. */
  readonly instructions: string;
  /** The first line of the request, cut to a length that fits into a comment. */
  readonly headline: string;
}

const headlineCharactersMax = 120;

export function readTaskPrompt(text: string): TaskPrompt {
  const found = new Map<Key, string>();
  const rest: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const key = keys.find((candidate) => line.startsWith(`${candidate}: `) && !found.has(candidate));
    if (key === undefined) rest.push(line);
    else found.set(key, line.slice(key.length + 2).trim());
  }
  const instructions = rest.join("\n").trim();
  const request = section(instructions, "Request") ?? instructions;
  return {
    action: found.get("Action") ?? "prompt",
    language: found.get("Language")?.toLowerCase() ?? null,
    file: found.get("File") ?? firstFile(found.get("Files"), section(instructions, "Files to look at")),
    instructions,
    headline: headlineOf(request),
  };
}

/** The text beneath the heading `# <title>`, up to the next such heading. */
function section(text: string, title: string): string | null {
  const lines = text.split("\n");
  const start = lines.indexOf(`# ${title}`);
  if (start === -1) return null;
  const body = lines.slice(start + 1);
  const end = body.findIndex((line) => line.startsWith("# "));
  return (end === -1 ? body : body.slice(0, end)).join("\n");
}

function firstFile(listed: string | undefined, bulleted: string | null): string | null {
  const inLine = (listed ?? "").split(/[\s,[\]"]+/).find((path) => path !== "");
  return inLine ?? /^- (\S+)$/m.exec(bulleted ?? "")?.[1] ?? null;
}

function headlineOf(request: string): string {
  const line = request.split("\n").find((candidate) => candidate.trim() !== "") ?? "no instructions";
  return line.trim().slice(0, headlineCharactersMax);
}
