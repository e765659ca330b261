/** Which topics a goal in words is about, by its keywords. */
import type { ComposeFields } from "@drover/contracts";

const topics = {
  fix: /\b(?:fix(?:es|ed|ing)?|bugs?|broken|faults?|crash(?:es|ing)?|repair|mend|debug)\b/i,
  refactor: /\b(?:refactor(?:ing)?|restructure|clean\s?up|simplify|rename)\b/i,
  backend:
    /\b(?:apis?|backend|back-end|servers?|endpoints?|rest|graphql|(?:micro)?services?|full[\s-]?stack)\b/i,
  frontend:
    /\b(?:ui|user interface|frontend|front-end|(?:web\s?)?pages?|web\s?site|web\s?app|dashboard|full[\s-]?stack)\b/i,
  code: /\b(?:functions?|modules?|library|class(?:es)?|scripts?|cli|algorithm|parser|package|code)\b/i,
  test: /\b(?:tests?|testing|coverage)\b/i,
  review: /\b(?:review(?:ed)?|audit(?:ed)?)\b/i,
  explain: /\b(?:explain|explanation|describe|understand)\b/i,
  image:
    /\b(?:docker(?:file|i[sz]ed?)?|container(?:s|i[sz]ed?)?|build(?:s|ing)?\s+(?:[\w-]+\s+){0,3}?images?)\b/i,
  deploy: /\b(?:deploy(?:s|ed|ment)?|kubernetes|k8s|cluster|roll\s?out)\b/i,
} as const;

export type Topic = keyof typeof topics;

const topicNames = Object.keys(topics).filter((name): name is Topic => Object.hasOwn(topics, name));

const negation =
  /\b(?:no|not|never|without|don't|do\s+not|skip)\s+(?:(?:any|an?|the|use|using|to|it)\s+)*[\w-]+/gi;

/** Phrases whose verb does not ask for new code. */
const otherMaking =
  /\b(?:(?:add|write|create|make)\s+(?:\w+\s+){0,2}?tests?|build\s+(?:[\w-]+\s+){0,3}?(?:image|container))\b/gi;
const making = /\b(?:add|build|create|design|develop|generate|implement|make|new|scaffold|write)\b/i;
const leadsElsewhere =
  /^\W*(?:please\s+)?(?:add|audit|build|clean|containeri[sz]e|create|debug|deploy|describe|dockeri[sz]e|explain|fix|mend|refactor|release|rename|repair|restructure|review|roll|simplify|test|write)\b/i;

const madeTopics: readonly Topic[] = ["backend", "frontend", "code"];
const workTopics: readonly Topic[] = ["fix", "refactor", "explain"];

/** The topics of a goal. What the goal or a constraint negates ("no Docker") is none. */
export function topicsOf(request: ComposeFields): ReadonlySet<Topic> {
  const text = request.goal.replaceAll(negation, " ");
  const negated = [request.goal, ...(request.constraints ?? [])].flatMap(
    (part) => part.match(negation) ?? [],
  );
  const found = topicNames.filter(
    (name) => topics[name].test(text) && !negated.some((phrase) => topics[name].test(phrase)),
  );
  const kept = new Set(
    asksForNewCode(text, found) ? found : found.filter((name) => !madeTopics.includes(name)),
  );
  // An API or a page says more precisely what kind of code is wanted.
  if (kept.has("backend") || kept.has("frontend")) kept.delete("code");
  return kept;
}

/** "Fix the API" names an API but wants none made; "an API with tests" wants one without any verb. */
function asksForNewCode(text: string, found: readonly Topic[]): boolean {
  const rest = text.replaceAll(otherMaking, " ");
  if (making.test(rest)) return true;
  return !leadsElsewhere.test(text) && !found.some((name) => workTopics.includes(name));
}

const languages = [
  {
    name: "go",
    pattern:
      /\bgolang\b|\b(?:in|use|using|with)\s+Go\b|\bGo\s+(?:api|backend|cli|code|function|library|module|package|program|server|service)\b/,
  },
  { name: "typescript", pattern: /\btypescript\b/i },
  { name: "javascript", pattern: /\bjavascript\b/i },
  { name: "python", pattern: /\bpython\b/i },
  { name: "rust", pattern: /\brust\b/i },
  { name: "java", pattern: /\bjava\b/i },
] as const;

/** The programming language that the goal or a constraint names, or null. */
export function languageOf(request: ComposeFields): string | null {
  const text = [request.goal, ...(request.constraints ?? [])].join("\n");
  return languages.find(({ pattern }) => pattern.test(text))?.name ?? null;
}
