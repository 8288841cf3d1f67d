// Draws results of the program in its page (MCP Apps) as a host does: in
// headless Chromium, in a sandboxed frame, by the published AppBridge.
//
//   node appview.mjs PAGE.html PROGRAM HOME [PICTURE.png]     HOME is an empty folder
//
// It runs where @modelcontextprotocol/ext-apps, esbuild and puppeteer-core are
// installed, and chromium is on the PATH.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import puppeteer from 'puppeteer-core';

const [file, program, home, picture] = process.argv.slice(2);
const check = (what, holds) => {
  if (!holds) throw new Error(`FAIL ${what}`);
  console.log(`ok   ${what}`);
};

// The results are those of the program.
const env = { PATH: process.env.PATH, HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home };
const server = spawn(program, ['mcp', '--log-level', 'error'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
const waiting = new Map();
let last = 0;
createInterface({ input: server.stdout }).on('line', (line) => {
  const message = JSON.parse(line);
  waiting.get(message.id)?.(message.result);
});
const send = (message) => server.stdin.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
const request = (method, params) => new Promise((resolve) => {
  waiting.set(++last, resolve);
  send({ id: last, method, params });
});
const call = (name, args) => request('tools/call', { name, arguments: args });
await request('initialize', {
  protocolVersion: '2025-11-25', clientInfo: { name: 'example-client', version: '1.0.0' },
  capabilities: { extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } } },
});
send({ method: 'notifications/initialized' });
const { tools } = await request('tools/list', {});
check('every tool names the page', tools.every((t) => t._meta.ui.resourceUri === 'ui://didops/result.html'));
const page = (await request('resources/read', { uri: 'ui://didops/result.html' })).contents[0];
check('the page is served as it is', page.mimeType === 'text/html;profile=mcp-app' && page.text === readFileSync(file, 'utf8'));
const found = await call('did_search', { country: 'UAE', type: 'mobile', sms: true, limit: 5 });
const { columns, rows } = found.structuredContent;
const order = await call('did_purchase', { numbers: [rows[0][columns.indexOf('number')]] });
const overview = await call('did_overview', { country: 'UAE' });
server.stdin.end();

const host = `
import { AppBridge, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge';
window.open_ = async (html, theme, variables) => {
  const frame = document.createElement('iframe');
  frame.sandbox = 'allow-scripts';
  frame.style = 'width:100%;border:0;height:400px';
  document.body.replaceChildren(frame);
  const seen = { links: [], calls: [], sizes: [] };
  const bridge = new AppBridge(null, { name: 'host', version: '1' }, { openLinks: {}, serverTools: {} }, { hostContext: { theme, styles: { variables } } });
  bridge.onopenlink = async ({ url }) => { seen.links.push(url); return {}; };
  bridge.oncalltool = async (p) => { seen.calls.push(p); return { content: [] }; };
  bridge.onsizechange = ({ height }) => { seen.sizes.push(height); if (height) frame.style.height = height + 'px'; };
  const ready = new Promise((done) => { bridge.oninitialized = done; });
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.srcdoc = html;
  await ready;
  window.bridge = bridge; window.seen = seen; window.frame = frame;
};`;
const bundle = (await build({ stdin: { contents: host, resolveDir: process.cwd() }, bundle: true, format: 'iife', write: false, logLevel: 'error' })).outputFiles[0].text;

const browser = await puppeteer.launch({
  executablePath: execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim(), args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const tab = await browser.newPage();
  await tab.setViewport({ width: 760, height: 900 });
  const errors = [], asked = [];
  tab.on('pageerror', (e) => errors.push(String(e)));
  tab.on('request', (r) => { if (/^https?:/.test(r.url())) asked.push(r.url()); });
  await tab.setContent('<!doctype html><body></body>');
  await tab.addScriptTag({ content: bundle });
  const shows = async (result, theme = 'light', variables = {}) => {
    await tab.evaluate(async (html, t, v, r) => { await window.open_(html, t, v); await window.bridge.sendToolInput({ arguments: {} }); await window.bridge.sendToolResult(r); }, page.text, theme, variables, result);
    const inner = await (await tab.$('iframe')).contentFrame();
    await inner.waitForFunction(() => !document.body.innerText.includes('Waiting for the result'));
    return inner;
  };
  const text = (inner) => inner.evaluate(() => document.body.innerText);

  let inner = await shows(found, 'dark', { '--color-text-primary': 'rgb(1, 2, 3)' });
  check('a search is a table', (await inner.$$('tr')).length === rows.length + 1 && (await text(inner)).includes(rows[4][columns.indexOf('number')]));
  check('it says SANDBOX', (await text(inner)).includes('SANDBOX'));
  check("the host's look counts", await inner.evaluate(() => document.documentElement.dataset.theme === 'dark' && getComputedStyle(document.body).color === 'rgb(1, 2, 3)'));
  await tab.waitForFunction(() => window.seen.sizes.length > 0);
  check('its size is told', true);
  inner = await shows(overview);
  check('an overview is tables', (await inner.$$('table')).length === 4);

  inner = await shows(order);
  const said = await text(inner), o = order.structuredContent.order;
  check('an order begins with its money', (await inner.$eval('h1', (e) => e.textContent)) === `${o.total.due_now} USD now`);
  check('an order says its terms', [o.id, 'pending', o.vendor, o.calls_to, o.messages_to, o.lines[0].number, ...o.notices, ...o.approve_at].every((t) => said.includes(t)));
  if (picture) await (await tab.$('iframe')).screenshot({ path: picture });
  check('nothing in it can be pressed', await inner.evaluate(() => document.querySelectorAll('button,input,form,select,textarea,a,[onclick]').length === 0));

  const evil = structuredClone(found);
  const mean = '<img src=x onerror="parent.postMessage(1,\'*\')"><script>document.title="evil"</script><a href="https://evil.example.net">Approve</a> https://evil.example.net';
  evil.structuredContent.rows[0][columns.indexOf('description')] = mean;
  evil.structuredContent.shared.vendor = mean;
  evil.structuredContent.summary = mean;
  inner = await shows(evil);
  check("sellers' words are text", (await text(inner)).split(mean).length === 4 && await inner.evaluate(() => document.querySelectorAll('img,a,main script').length === 0 && document.title === 'didops'));

  const linked = structuredClone(order);
  linked.structuredContent.order.approve_at.push('To decide it, open https://didops.example.net/order/1');
  inner = await shows(linked);
  await inner.evaluate(() => document.querySelector('a').click());
  check('a click that nobody made opens nothing', (await tab.evaluate(() => window.seen.links.length)) === 0);
  await (await inner.$('a')).click();
  await tab.waitForFunction(() => window.seen.links.length > 0);
  check('a link goes to the host', (await tab.evaluate(() => window.seen.links.join())) === 'https://didops.example.net/order/1');

  const before = await text(inner);
  await inner.evaluate((r) => { window.postMessage({ jsonrpc: '2.0', method: 'ui/notifications/tool-result', params: r }, '*'); }, evil);
  await tab.evaluate((r) => new Promise((done) => {
    const other = document.createElement('iframe');
    other.sandbox = 'allow-scripts';
    other.srcdoc = `<script>parent.frames[0].postMessage(${JSON.stringify({ jsonrpc: '2.0', method: 'ui/notifications/tool-result', params: { content: [{ type: 'text', text: 'forged' }] } })},'*');parent.postMessage('sent','*')<\/script>`;
    window.addEventListener('message', (e) => { if (e.data === 'sent') done(); });
    document.body.append(other);
  }), evil);
  await tab.evaluate(() => window.bridge.sendHostContextChange({ theme: 'dark' }));
  await inner.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  check('only the host is listened to', (await text(inner)) === before);
  check('it reaches nothing by itself', await inner.evaluate(async () => { try { await fetch('https://evil.example.net'); return false; } catch { return true; } }) && asked.length === 0);
  check('it is taken down', (await tab.evaluate(() => window.bridge.teardownResource({}))) !== undefined);
  check('no tool was called', (await tab.evaluate(() => window.seen.calls.length)) === 0);
  check('nothing went wrong', errors.length === 0);
} finally {
  await browser.close();
}
