#!/usr/bin/env bash
# npm @modelcontextprotocol/ext-tasks 0.2.2 with @modelcontextprotocol/client 2.4.0
#
# Expected: a task that tasks/get reports as completed, with a tool's result of
# content and isError:false, settles as completed. The examples of the tasks
# extension (2026-07-28) are written so.
# Seen: it settles as failed, while its own task.status says completed, and
# resultFromTaskOutcome throws "Protocol value failed schema validation". The
# package wants resultType:"complete" a second time, inside result.
# For whom: servers that hand out a task while an order waits for a person: the
# number is bought and the assistant hears that it failed, and may buy again.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }
quiet npm install --no-audit --no-fund @modelcontextprotocol/ext-tasks@0.2.2 @modelcontextprotocol/client@2.4.0

cat > server.mjs <<'END'
import readline from "node:readline";
const capabilities = { tools: {}, extensions: { "io.modelcontextprotocol/tasks": {} } };
const cache = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
const results = {
  "server/discover": { ...cache, supportedVersions: ["2026-07-28"], capabilities, serverInfo: { name: "s", version: "1" } },
  "tools/list": { ...cache, tools: [{ name: "buy", inputSchema: { type: "object" } }] },
};
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  if (id === undefined) return;
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] }) + "\n");
});
END
cat > client.mjs <<'END'
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { createTaskSessionFromClient, resultFromTaskOutcome } from "@modelcontextprotocol/ext-tasks/client";
const protocolVersion = "2026-07-28", clientInfo = { name: "c", version: "1" };
const clientCapabilities = { extensions: { "io.modelcontextprotocol/tasks": {} } };
const time = "2026-01-01T00:00:00Z";
const task = { taskId: "t", createdAt: time, lastUpdatedAt: time, ttlMs: 60000, pollIntervalMs: 10 };
const content = [{ type: "text", text: "bought" }];
for (const bought of [{ content, isError: false }, { resultType: "complete", content, isError: false }]) {
  const results = {
    "tools/call": { resultType: "task", ...task, status: "working" },
    "tasks/get": { resultType: "complete", ...task, status: "completed", result: bought },
  };
  const client = new Client(clientInfo, { capabilities: clientCapabilities, versionNegotiation: { mode: { pin: protocolVersion } } });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: ["server.mjs"] }));
  const session = createTaskSessionFromClient(client, {
    endpointId: "e",
    rawDispatch: async ({ id, method }) => ({ jsonrpc: "2.0", id, result: results[method] }),
    v2RequestFraming: { protocolVersion, clientInfo, clientCapabilities },
  });
  const { outcome } = await (await session.callTool("buy", {})).settle();
  let result;
  try {
    result = resultFromTaskOutcome(outcome).content[0].text;
  } catch (e) {
    result = `throws ${e.message}`;
  }
  console.log(`result with ${Object.keys(bought)}: outcome ${outcome.status}, task ${outcome.task.status}, ${result}`);
  await session.close();
  await client.close();
}
END

got=$(node client.mjs)
want='result with content,isError: outcome failed, task completed, throws Protocol value failed schema validation
result with resultType,content,isError: outcome completed, task completed, bought'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
