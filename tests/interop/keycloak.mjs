// Keycloak in front of the resource server. A gateway adds what SMART asks for and Keycloak does not know: the SMART
// configuration, and the patient beside the access token. Its tokens are JWTs, which the resource server verifies.

import http, { createServer } from 'node:http';
import { spawn } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { PASSWORDS as passwords, PEOPLE as people, SCOPES, body, resourceServer } from './resource.mjs';

const [port, backend, keyFile, home] = process.argv.slice(2);
const own = `http://127.0.0.1:${port}`;
const inner = Number(port) + 1;
const realm = `${own}/realms/smart`;

const server = spawn(`${home}/bin/kc.sh`, [
  'start-dev', `--http-port=${inner}`, '--http-host=127.0.0.1', `--hostname=${own}`, '--proxy-headers=xforwarded', '--health-enabled=false',
], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, KC_BOOTSTRAP_ADMIN_USERNAME: 'admin', KC_BOOTSTRAP_ADMIN_PASSWORD: process.env.INTEROP_SECRET } });
process.on('exit', () => server.kill());
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit());

const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** A request to Keycloak's own interface for administrators. */
async function admin(token, method, path, value) {
  const answer = await fetch(`http://127.0.0.1:${inner}/admin/realms${path}`, {
    method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: value && JSON.stringify(value),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.headers.get('content-type')?.includes('json') ? answer.json() : undefined;
}

async function signInAdmin() {
  for (;;) {
    try {
      const sent = new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: 'admin', password: process.env.INTEROP_SECRET });
      const answer = await fetch(`http://127.0.0.1:${inner}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: sent });
      if (answer.ok) return (await answer.json()).access_token;
    } catch { /* it is still starting */ }
    await wait(500);
  }
}

const claim = (name, more) => ({
  name, protocol: 'openid-connect', protocolMapper: 'oidc-usermodel-attribute-mapper',
  config: { 'user.attribute': name, 'claim.name': name, 'jsonType.label': 'String', ...more },
});

async function setUp() {
  const token = await signInAdmin();
  await admin(token, 'POST', '', { realm: 'smart', enabled: true, sslRequired: 'none', revokeRefreshToken: true, refreshTokenMaxReuse: 0, accessTokenLifespan: 600 });
  const profile = await admin(token, 'GET', '/smart/users/profile');
  await admin(token, 'PUT', '/smart/users/profile', { ...profile, unmanagedAttributePolicy: 'ENABLED' });
  for (const [user, patient] of Object.entries(people)) {
    await admin(token, 'POST', '/smart/users', {
      username: user, enabled: true, firstName: 'Test', lastName: user, email: `${user}@example.org`, emailVerified: true,
      attributes: { patient: [patient], fhirUser: [`${own}/fhir/Patient/${patient}`] },
      credentials: [{ type: 'password', value: passwords[user], temporary: false }],
    });
  }
  const everywhere = { 'access.token.claim': 'true', 'id.token.claim': 'false', 'introspection.token.claim': 'true' };
  for (const name of SCOPES) {
    const attributes = { 'include.in.token.scope': 'true', 'display.on.consent.screen': 'true', 'consent.screen.text': name };
    const protocolMappers = [];
    if (name === 'launch/patient') protocolMappers.push(claim('patient', everywhere));
    if (name === 'fhirUser') protocolMappers.push(claim('fhirUser', { 'id.token.claim': 'true', 'access.token.claim': 'false', 'introspection.token.claim': 'true' }));
    await admin(token, 'POST', '/smart/client-scopes', { name, protocol: 'openid-connect', attributes, protocolMappers });
  }
  // The FHIR base, and the client that may introspect: Keycloak tells of a token to its audience alone.
  const audience = (name, config) => ({
    name, protocol: 'openid-connect', protocolMapper: 'oidc-audience-mapper',
    config: { ...config, 'access.token.claim': 'true', 'introspection.token.claim': 'true' },
  });
  const audiences = [audience('fhir', { 'included.custom.audience': `${own}/fhir` }), audience('server', { 'included.custom.audience': 'server' })];
  const key = { ...createPublicKey(readFileSync(keyFile)).export({ format: 'jwk' }), alg: 'ES384', use: 'sig', kid: 'app' };
  const client = (clientId, more) => ({
    clientId, enabled: true, publicClient: false, clientAuthenticatorType: 'client-secret', protocol: 'openid-connect', standardFlowEnabled: true, directAccessGrantsEnabled: false, implicitFlowEnabled: false,
    redirectUris: ['http://127.0.0.1:9797/callback', 'http://127.0.0.1:9797/callback2'], consentRequired: true, fullScopeAllowed: true, protocolMappers: audiences,
    ...more, attributes: { 'pkce.code.challenge.method': 'S256', ...more.attributes },
    defaultClientScopes: ['basic'], optionalClientScopes: ['offline_access', ...SCOPES],
  });
  for (const one of [
    client('app', { publicClient: true }),
    client('second', { publicClient: true, redirectUris: ['http://127.0.0.1:9797/second/callback'] }),
    client('short', { publicClient: true, attributes: { 'access.token.lifespan': '4' } }),
    client('server', { secret: process.env.INTEROP_SECRET }),
    client('keyed', { clientAuthenticatorType: 'client-jwt', attributes: { 'use.jwks.string': 'true', 'jwks.string': JSON.stringify({ keys: [key] }), 'token.endpoint.auth.signing.alg': 'ES384' } }),
  ]) await admin(token, 'POST', '/smart/clients', one);
}

const endpoint = (name) => `${realm}/protocol/openid-connect/${name}`;
const smart = {
  issuer: realm,
  jwks_uri: endpoint('certs'),
  authorization_endpoint: endpoint('auth'),
  token_endpoint: endpoint('token'),
  introspection_endpoint: endpoint('token/introspect'),
  revocation_endpoint: endpoint('revoke'),
  scopes_supported: ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/*.rs'],
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
  capabilities: ['launch-standalone', 'client-public', 'client-confidential-symmetric', 'client-confidential-asymmetric', 'sso-openid-connect', 'context-standalone-patient', 'permission-offline', 'permission-patient', 'permission-v1', 'permission-v2', 'authorize-post'],
};

const keys = createRemoteJWKSet(new URL(`http://127.0.0.1:${inner}/realms/smart/protocol/openid-connect/certs`));
const basic = `Basic ${Buffer.from(`server:${process.env.INTEROP_SECRET}`).toString('base64')}`;

/** A live token of ours for the FHIR base: verified here, and asked for, since a JWT does not know that it was revoked. */
async function admit(token) {
  try {
    const { payload } = await jwtVerify(token, keys, { issuer: realm, audience: `${own}/fhir` });
    const answer = await fetch(`http://127.0.0.1:${inner}/realms/smart/protocol/openid-connect/token/introspect`, {
      method: 'POST', headers: { authorization: basic, 'x-forwarded-host': `127.0.0.1:${port}`, 'x-forwarded-proto': 'http' }, body: new URLSearchParams({ token }),
    });
    const known = await answer.json();
    const user = Object.keys(people).find((name) => people[name] === payload.patient);
    return payload.typ === 'Bearer' && known.active && user ? { user, scope: payload.scope } : undefined;
  } catch {
    return undefined;
  }
}

const payload = (token) => { try { return JSON.parse(Buffer.from(token.split('.')[1], 'base64url')); } catch { return {}; } };

/** Hands a request to Keycloak, and adds the patient to what its token endpoint grants. */
async function gateway(request, response) {
  const sent = ['GET', 'HEAD'].includes(request.method) ? undefined : await body(request);
  const headers = { ...request.headers, host: `127.0.0.1:${port}`, 'x-forwarded-host': `127.0.0.1:${port}`, 'x-forwarded-proto': 'http' };
  const call = http.request({ host: '127.0.0.1', port: inner, method: request.method, path: request.url, headers }, async (answer) => {
    let came = await body(answer);
    const { connection, 'transfer-encoding': coding, 'content-length': length, ...kept } = answer.headers;
    if (/\/token$/.test(request.url) && answer.statusCode === 200) {
      const granted = JSON.parse(came);
      const { patient } = payload(granted.access_token ?? '');
      came = Buffer.from(JSON.stringify(patient ? { ...granted, patient } : granted));
    }
    response.writeHead(answer.statusCode, kept);
    response.end(request.method === 'HEAD' ? undefined : came);
  });
  call.on('error', () => { response.writeHead(502); response.end(); });
  call.end(sent);
}

await setUp();
const fhir = resourceServer({ admit, smart, backend, passwords, own });
createServer((request, response) => {
  const failed = (why) => { console.error(why); if (!response.headersSent) response.writeHead(400, { 'content-type': 'text/plain' }); response.end('the request cannot be served'); };
  (request.url.startsWith('/fhir') ? fhir : gateway)(request, response).catch(failed);
}).listen(Number(port), '127.0.0.1', () => console.log(`ready ${own}`));
