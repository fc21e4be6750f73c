// A real OpenID Connect provider (npm: oidc-provider) on 127.0.0.1, for tests. Everybody is let in
// under the name they give. Reads what it is from standard input, says "ready" and its port.

import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const said = await new Promise((tell) => {
  let text = "";
  process.stdin.on("data", (part) => (text += part));
  process.stdin.on("end", () => tell(JSON.parse(text)));
});

function key(kid) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
}

const client = {
  client_secret: said.secret,
  redirect_uris: [said.back],
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
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

const server = provider.listen(said.port, "127.0.0.1", () => {
  process.stdout.write(`ready ${server.address().port}\n`);
});
