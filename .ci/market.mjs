// The measurements of .ci/market: node .ci/market.mjs FOLDER NUMBERS TIMES, where the folder has the program, and may
// have one to compare it with. Every answer has to be complete, or this fails.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [dir, numbers, times] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const program = join(dir, "didops");
const before = join(dir, "didops-before");

const questions = {
  "country and type": ["search", { country: "UAE", type: "mobile" }],
  "feature alone": ["search", { sms: true }],
  "pattern *777*": ["search", { pattern: "*777*" }],
  "overview of a country": ["overview", { country: "US" }],
  "overview of all": ["overview", {}],
  vendor: ["search", { vendor: "Acme" }],
  "by use": ["search", { sms: true, minutes: 3000, messages: 10000, sort: "monthly_cost" }],
  region: ["search", { country: "EU", voice: true }],
};

const flags = (args) => Object.entries(args).flatMap(([k, v]) => ["--" + k.replaceAll("_", "-") + "=" + v]);
const home = (name) => {
  const at = join(dir, name);
  mkdirSync(at, { recursive: true });
  return { ...process.env, HOME: at, XDG_STATE_HOME: join(at, "state"), XDG_CONFIG_HOME: join(at, "config") };
};
const ms = (n) => n.toFixed(1).padStart(9);
const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];

const exchange = spawn(program, ["sandbox", "--listen", "127.0.0.1:0", "--numbers", String(numbers)], { env: home("exchange"), stdio: ["ignore", "pipe", "inherit"] });
const url = await new Promise((resolve, reject) => {
  createInterface({ input: exchange.stdout }).on("line", (line) => {
    const found = /SANDBOX exchange on (\S+)/.exec(line);
    if (found) resolve(found[1]);
  });
  exchange.on("exit", (code) => reject(new Error("the exchange ended: " + code)));
});

const config = (name, text) => {
  const at = join(dir, name + ".toml");
  writeFileSync(at, `[exchange]\nurl = "${url}"\napi_login = "sandbox"\napi_key = "sandbox"\n` + text, { mode: 0o600 });
  return at;
};
// The exchange is asked at the default rate by all that is measured. What was remembered is not to grow old meanwhile.
const young = '[market]\nmax_age = "24h"\n';
const asked = config("asked", young);
const filled = config("filled", 'requests_per_second = 1000\nmax_rows = 5000000\nread_deadline = "30m"\n' + young);

function run(binary, file, args, env) {
  const begin = process.hrtime.bigint();
  const got = spawnSync(binary, ["--config", file, ...args], { env, encoding: "utf8", maxBuffer: 1 << 28 });
  const took = Number(process.hrtime.bigint() - begin) / 1e6;
  if (got.status !== 0) throw new Error(`${args.join(" ")}: exit ${got.status}: ${got.stderr}`);
  return { took, out: got.stdout };
}

async function ended(child) {
  if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
}

// anonymous is how much memory a process has that is no file, in MiB.
const anonymous = (pid) => Number(/^Anonymous:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]) / 1024;

try {
  const env = home("new");
  const fill = run(program, filled, ["market", "sync", "--json"], env);
  const file = join(env.XDG_STATE_HOME, "didops", "market.db");
  console.log(`${numbers} numbers read and remembered in ${(fill.took / 1000).toFixed(1)} s at full speed; the file has ${(statSync(file).size / 2 ** 20).toFixed(1)} MiB`);

  console.log(`\n${"from a fresh process, ms".padEnd(26)}${"p50".padStart(9)}${"p99".padStart(9)}${existsSync(before) ? "   before" : ""}`);
  const all = [];
  for (const [name, [verb, args]] of Object.entries(questions)) {
    const took = [];
    for (let i = 0; i < times; i++) {
      const got = run(program, asked, ["did", verb, "--json", ...flags(args)], env);
      const result = JSON.parse(got.out);
      if (!result.complete || result.matched === 0) throw new Error(`${name}: complete ${result.complete}, ${result.matched} matched: ${result.incomplete_reason}`);
      took.push(got.took);
    }
    all.push(...took);
    let old = "";
    if (existsSync(before) && name !== "by use") {
      const got = run(before, config("before", ""), ["did", verb, "--json", ...flags(args)], home("before"));
      old = ms(got.took) + (JSON.parse(got.out).complete ? "" : ", not complete");
    }
    console.log(name.padEnd(26) + ms(quantile(took, 0.5)) + ms(quantile(took, 0.99)) + old);
  }
  console.log("all".padEnd(26) + ms(quantile(all, 0.5)) + ms(quantile(all, 0.99)));

  const start = (extra) => {
    const took = [];
    for (let i = 0; i < times; i++) {
      const begin = process.hrtime.bigint();
      spawnSync(program, ["mcp", "--config", extra], { env, input: hello });
      took.push(Number(process.hrtime.bigint() - begin) / 1e6);
    }
    return quantile(took, 0.5);
  };
  const hello = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "market", version: "1" } } }) + "\n";
  const without = config("without", '[market]\nmirror = "off"\n');
  start(asked);
  const [off, on] = [start(without), start(asked)];
  console.log(`\nstart of didops mcp until its end of input: ${ms(off)} ms without a memory, ${ms(on)} with: ${(on / off).toFixed(2)} times`);

  await assistant(env, hello);
  await server(env);
} finally {
  exchange.kill("SIGTERM");
  await ended(exchange);
}

// assistant asks over standard input, and looks at the memory of the process.
async function assistant(env, hello) {
  const child = spawn(program, ["mcp", "--log-level", "error", "--config", config("assistant", 'cache = "0s"\n' + young)], { env, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.write(hello);
  await lines.next();
  child.stdin.write(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }) + "\n");
  let [id, most, took] = [1, 0, []];
  for (let i = 0; i < Math.max(2, times / 4); i++) {
    for (const [verb, args] of Object.values(questions)) {
      const begin = process.hrtime.bigint();
      child.stdin.write(JSON.stringify({ jsonrpc: "2.0", id: ++id, method: "tools/call", params: { name: "did_" + verb, arguments: args } }) + "\n");
      for (;;) {
        most = Math.max(most, anonymous(child.pid));
        const { value } = await lines.next();
        if (JSON.parse(value).id === id) break;
      }
      took.push(Number(process.hrtime.bigint() - begin) / 1e6);
      most = Math.max(most, anonymous(child.pid));
    }
  }
  child.stdin.end();
  await ended(child);
  console.log(`didops mcp: p50 ${ms(quantile(took, 0.5))} ms, p99 ${ms(quantile(took, 0.99))}; anonymous memory at most ${most.toFixed(1)} MiB`);
}

// server asks a server over HTTP that has answered each question once.
async function server(env) {
  const file = config("server", 'cache = "0s"\n[http]\nlisten = "127.0.0.1:0"\nrequests_per_minute = 100000\n' + young);
  const child = spawn(program, ["serve", "--config", file], { env, stdio: ["ignore", "ignore", "pipe"] });
  const at = await new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      const found = /"address":"([0-9.:]+)"/.exec(line);
      if (found) resolve(found[1]);
    });
    child.on("exit", (code) => reject(new Error("the server ended: " + code)));
  });
  const post = async (body, session) => {
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    if (session) Object.assign(headers, { "mcp-session-id": session, "mcp-protocol-version": "2025-06-18" });
    const answer = await fetch(`http://${at}/mcp`, { method: "POST", headers, body: JSON.stringify(body) });
    return { session: answer.headers.get("mcp-session-id"), text: await answer.text() };
  };
  const { session } = await post({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "market", version: "1" } } });
  await post({ jsonrpc: "2.0", method: "notifications/initialized" }, session);
  console.log(`\n${"from a running server, ms".padEnd(26)}${"p50".padStart(9)}${"p99".padStart(9)}`);
  let [id, all] = [1, []];
  for (const [name, [verb, args]] of Object.entries(questions)) {
    const took = [];
    for (let i = 0; i <= times; i++) {
      const begin = process.hrtime.bigint();
      const got = await post({ jsonrpc: "2.0", id: ++id, method: "tools/call", params: { name: "did_" + verb, arguments: args } }, session);
      if (!got.text.includes('"complete":true')) throw new Error(name + ": " + got.text.slice(0, 400));
      if (i > 0) took.push(Number(process.hrtime.bigint() - begin) / 1e6);
    }
    all.push(...took);
    console.log(name.padEnd(26) + ms(quantile(took, 0.5)) + ms(quantile(took, 0.99)));
  }
  console.log("all".padEnd(26) + ms(quantile(all, 0.5)) + ms(quantile(all, 0.99)) + `   anonymous memory ${anonymous(child.pid).toFixed(1)} MiB`);
  child.kill("SIGTERM");
  await ended(child);
}
