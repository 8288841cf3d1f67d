// Uses the page as people do: Chromium with a virtual authenticator, on a didops
// that is served here with its built-in sandbox. Each case ends in a line; the
// first that does not hold ends the whole.
//
//   node main.mjs DIDOPS HOME [PICTURES]
//
// HOME is an empty folder for its state, PICTURES one for what the pages look
// like. It needs playwright-core and verify.mjs beside it, and Chromium on the
// machine.
import { cases as deciding, endings } from "./deciding.mjs";
import { cli, close, configure, lastWords, ok, open, person, serve, stop } from "./desk.mjs";
import { keys, look } from "./looking.mjs";
import { cases as proving } from "./proving.mjs";
import { cases as talking } from "./talking.mjs";

configure("");
await cli("did", "search", "--limit", "1", "--json");
try {
  await serve();
  await open();
  const [alice, bob] = [await person(), await person()];
  const all = async (cases) => {
    for (const [what, test] of Object.entries(cases)) {
      await test(alice, bob);
      ok(what);
    }
  };
  await all(deciding);
  await all(talking);
  await all(proving);
  await keys(alice);
  await look(await alice.context.storageState());
  await all(endings);
} catch (e) {
  console.error(lastWords());
  throw e;
} finally {
  await close();
  stop();
}
