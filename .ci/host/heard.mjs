// Waits until a model was given a result of a tool, and looks at its form:
//
//   node heard.mjs DIR json|text PATTERN   DIR is what the stand-in writes to
//   node heard.mjs FILE two-lines          FILE is what the server wrote
//
// json: the whole of it is one JSON object, and the text was dropped. text: it
// is none. two-lines: the text of every result that is no error is its title and
// its summary, and nothing else.
import { readFileSync, readdirSync } from 'node:fs';

const [where, form, pattern] = process.argv.slice(2);

// results are those that a request of a host carries, as the model reads them.
function* results({ messages = [], input = [] }) {
  const text = (c) => (typeof c === 'string' ? c : (c ?? []).map((part) => part.text ?? '').join('\n'));
  for (const m of messages) {
    if (m.role === 'tool') yield text(m.content);
    if (Array.isArray(m.content)) for (const part of m.content) if (part.type === 'tool_result') yield text(part.content);
  }
  for (const m of typeof input === 'string' ? [] : input) {
    // Codex says before a result how long it took.
    if (m.type === 'function_call_output') yield text(m.output).replace(/^Wall time: [\d.]+ seconds\nOutput:\n/, '');
  }
}
const isObject = (text) => {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

function find() {
  for (const name of readdirSync(where).filter((n) => n.startsWith('req-')).sort().reverse()) {
    let body;
    try {
      ({ body } = JSON.parse(readFileSync(`${where}/${name}`, 'utf8')));
    } catch {
      continue; // it is being written
    }
    for (const text of [...results(body)].reverse()) if (new RegExp(pattern).test(text)) return text;
  }
}

if (form === 'two-lines') {
  const texts = readFileSync(where, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line).result)
    .filter((r) => r?.structuredContent && !r.isError).map((r) => r.content[0].text);
  const wrong = texts.filter((t) => !/^\*\*SANDBOX · .+\*\*$/.test(t.split('\n')[0]) || t.split('\n').filter(Boolean).length !== 2);
  for (const t of wrong) console.error('got', t);
  process.exit(wrong.length || !texts.length ? 1 : 0);
}
for (const end = Date.now() + 60_000; ; await new Promise((go) => setTimeout(go, 100))) {
  const text = find();
  if (text !== undefined && isObject(text) === (form === 'json')) process.exit(0);
  if (text !== undefined || Date.now() > end) {
    console.error(text === undefined ? 'nothing such was given' : `got ${text}`);
    process.exit(1);
  }
}
