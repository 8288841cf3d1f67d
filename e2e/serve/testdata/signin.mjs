// Signs in as a client of the official SDK does, and asks for a number.
//
//   node signin.mjs v1|v2 URL NUMBER [SCOPE]
//
// With SCOPE the first sign-in is for that alone, as at an issuer that allows
// no more, and the call has to step up. Prints the result of the call as JSON.
const [line, url, number, first] = process.argv.slice(2);
const v1 = line === 'v1';
const sdk = v1
  ? {
      ...(await import('@modelcontextprotocol/sdk/client/index.js')),
      ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
      ...(await import('@modelcontextprotocol/sdk/client/auth.js')),
    }
  : await import('@modelcontextprotocol/client');

let tokens, client_, verifier, code, iss;
const provider = {
  redirectUrl: 'http://127.0.0.1/callback',
  clientMetadata: {
    client_name: 'example-client', redirect_uris: ['http://127.0.0.1/callback'], grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'], token_endpoint_auth_method: 'none',
  },
  clientInformation: () => client_,
  saveClientInformation: (c) => { client_ = c; },
  tokens: () => tokens,
  saveTokens: (t) => { tokens = t; },
  saveCodeVerifier: (v) => { verifier = v; },
  codeVerifier: () => verifier,
  // The person signs in at once: the issuer sends the browser back.
  redirectToAuthorization: async (to) => {
    const back = new URL((await fetch(to, { redirect: 'manual' })).headers.get('location'));
    code = back.searchParams.get('code');
    iss = back.searchParams.get('iss');
  },
};
const options = v1 ? [{ name: 'example-client', version: '1' }, { capabilities: {} }] : [{ name: 'example-client', version: '1' }, { capabilities: {}, versionNegotiation: { mode: 'auto' } }];

let transport;
const connect = async () => {
  transport = new sdk.StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
  const client = new sdk.Client(...options);
  await client.connect(transport);
  return client;
};
// signedIn tries what may need a sign-in first.
const signedIn = async (what) => {
  try {
    return await what();
  } catch (e) {
    if (!(e instanceof sdk.UnauthorizedError) && e?.constructor?.name !== 'UnauthorizedError') throw e;
    await transport.finishAuth(code, iss ?? undefined);
    return await what();
  }
};

if (first) {
  await sdk.auth(provider, { serverUrl: url, scope: first });
  await sdk.auth(provider, { serverUrl: url, scope: first, authorizationCode: code, iss });
}
const client = await signedIn(connect);
const { tools } = await client.listTools();
const result = await signedIn(() => client.callTool({ name: 'did_purchase', arguments: { numbers: [number] } }));
console.log(JSON.stringify({ scope: tokens.scope, tools: tools.map((t) => t.name), result: result.structuredContent }));
await client.close();
