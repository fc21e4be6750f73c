// A real OpenID Connect provider (npm: oidc-provider) on 127.0.0.1, for tests. Everybody is let in
// under the name they give. Reads what it is from the first line of standard input, says "ready"
// and its port. Each further line, like "ann=leads,hate", says which groups somebody is in.

import { generateKeyPairSync } from "node:crypto";
import { createInterface } from "node:readline";
import { Provider } from "oidc-provider";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const said = JSON.parse((await lines.next()).value);

function key(kid) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
}

const groups = {};

const client = {
  client_secret: said.secret,
  redirect_uris: [said.back],
  post_logout_redirect_uris: [said.back.replace("/callback", "/signed-out")],
  ...(said.tell && { backchannel_logout_uri: said.tell }),
  grant_types: ["authorization_code"],
  response_types: ["code"],
};

const provider = new Provider(`http://${said.host ?? "127.0.0.1"}:${said.port}`, {
  clients: [
    { ...client, client_id: "casework" },
    { ...client, client_id: "another" },
    { ...client, client_id: "by-post", token_endpoint_auth_method: "client_secret_post" },
    { ...client, client_id: "shared-key", id_token_signed_response_alg: "HS256" },
  ],
  clientAuthMethods: [said.auth ?? "client_secret_basic"],
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "HS256"] },
  jwks: { keys: [key(said.kid ?? "first")] },
  cookies: { keys: ["of a test"] },
  pkce: { required: () => true },
  ttl: { IdToken: 300, AuthorizationCode: 60, Interaction: 300, Session: 300, Grant: 300 },
  // Without the dispatcher that refuses loopback, where we are.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  features: { backchannelLogout: { enabled: true } },
  // As providers do that put a scope's claims into the id token.
  conformIdTokenClaims: false,
  claims: { openid: ["sub"], profile: ["preferred_username"], groups: ["groups"] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, groups: groups[id] ?? [] }),
  }),
});

const server = provider.listen(said.port, "127.0.0.1", () => {
  process.stdout.write(`ready ${server.address().port}\n`);
});

for await (const line of lines) {
  const [id, theirs] = line.split("=");
  groups[id] = theirs ? theirs.split(",") : [];
  process.stdout.write("moved\n");
}
