// `oidc-provider`, an OpenID Certified authorization server, in front of the resource server.
//
// It is set up as a careful team would: PKCE always, opaque access tokens for the FHIR base alone, rotation of refresh tokens.
// SMART asks for what OpenID does not know: `aud`, and the patient beside the access token. Both are added here.

import { createServer } from 'node:http';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';
import { PASSWORDS as passwords, PEOPLE as people, SCOPES, body, resourceServer } from './resource.mjs';

const [port, backend, keyFile] = process.argv.slice(2);
const own = `http://127.0.0.1:${port}`;

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'first' };

const appKey = { ...createPublicKey(readFileSync(keyFile)).export({ format: 'jwk' }), alg: 'ES384', use: 'sig', kid: 'app' };

const common = { response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'] };
const client = (id, more) => ({ client_id: id, redirect_uris: ['http://127.0.0.1:9797/callback', 'http://127.0.0.1:9797/callback2'], ...common, ...more });

const provider = new Provider(own, {
  clients: [
    client('app', { token_endpoint_auth_method: 'none', application_type: 'native' }),
    client('short', { token_endpoint_auth_method: 'none', application_type: 'native' }),
    client('keyed', { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES384', jwks: { keys: [appKey] }, application_type: 'native' }),
    client('second', { token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: ['http://127.0.0.1:9797/second/callback'] }),
    client('server', { token_endpoint_auth_method: 'client_secret_basic', client_secret: process.env.INTEROP_SECRET, application_type: 'native' }),
  ],
  jwks: { keys: [key] },
  cookies: { keys: ['interop'] },
  scopes: ['openid', 'offline_access', ...SCOPES],
  claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
  conformIdTokenClaims: false,
  clientAuthMethods: ['none', 'client_secret_basic', 'private_key_jwt'],
  enabledJWA: { clientAuthSigningAlgValues: ['ES384', 'RS384'] },
  extraTokenClaims: (ctx, token) => ({ patient: people[token.accountId] }),
  responseTypes: ['code'],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: (ctx, own, code) => own.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
  ttl: { AccessToken: (ctx, token) => (token.clientId === 'short' ? 4 : 600), AuthorizationCode: 60, Grant: 7200, IdToken: 600, Interaction: 600, RefreshToken: 7200, Session: 7200 },
  extraParams: {
    aud(ctx, value) {
      if (value && value.replace(/\/$/, '') !== `${own}/fhir`) throw Object.assign(new Error('invalid_request'), { error: 'invalid_request', error_description: 'aud is not a FHIR base of this server', status: 400, statusCode: 400, expose: true });
    },
  },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: (ctx, caller) => caller.clientAuthMethod !== 'none' },
    revocation: { enabled: true, allowedPolicy: (ctx, caller, token) => token.clientId === caller.clientId },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => `${own}/fhir`,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: SCOPES.join(' '), audience: `${own}/fhir`, accessTokenFormat: 'opaque' }),
    },
  },
  findAccount: (ctx, id) => people[id] && {
    accountId: id,
    claims: () => ({ sub: id, fhirUser: `${own}/fhir/Patient/${people[id]}` }),
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
});

/** What the token response says beside the token: the patient in context. */
provider.use(async (ctx, next) => {
  await next();
  const granted = ctx.oidc?.entities?.AccessToken;
  if (ctx.path === '/token' && granted && ctx.body?.access_token) ctx.body = { ...ctx.body, patient: people[granted.accountId] };
});

const page = (title, inner) => `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${inner}</html>`;

/** The pages of the person: one form to sign in, one to consent. */
async function interaction(request, response) {
  const details = await provider.interactionDetails(request, response);
  const html = (text) => { response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' }); response.end(text); };
  const login = (note = '') => page('Sign in', `${note}<form method="post"><label>User name <input name="login" autocomplete="username"></label><label>Password <input name="password" type="password"></label><button>Sign in</button></form>`);
  const { prompt, params, session } = details;
  if (request.method === 'GET') {
    if (prompt.name === 'login') return html(login());
    return html(page('Allow access', `<p>${params.client_id} asks for your records.</p><form method="post"><button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button></form>`));
  }
  const sent = new URLSearchParams((await body(request)).toString());
  if (prompt.name === 'login') {
    const user = sent.get('login');
    if (!people[user] || passwords[user] !== sent.get('password')) return html(login('<p role="alert">Wrong user name or password.</p>'));
    return provider.interactionFinished(request, response, { login: { accountId: user } });
  }
  if (sent.get('decision') !== 'allow') {
    return provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'the person refused' });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(prompt.details.missingOIDCScope?.join(' ') ?? '');
  grant.addOIDCClaims(prompt.details.missingOIDCClaims ?? []);
  for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {})) grant.addResourceScope(resource, scopes.join(' '));
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

const smart = {
  issuer: own,
  jwks_uri: `${own}/jwks`,
  authorization_endpoint: `${own}/auth`,
  token_endpoint: `${own}/token`,
  introspection_endpoint: `${own}/token/introspection`,
  revocation_endpoint: `${own}/token/revocation`,
  scopes_supported: ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/*.rs'],
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
  capabilities: ['launch-standalone', 'client-public', 'client-confidential-symmetric', 'client-confidential-asymmetric', 'sso-openid-connect', 'context-standalone-patient', 'permission-offline', 'permission-patient', 'permission-v1', 'permission-v2'],
};

/** A live token of ours for the FHIR base; the authorization server forgets what ended or was revoked. */
async function admit(token) {
  const known = await provider.AccessToken.find(token);
  return known?.isValid && known.aud === `${own}/fhir` ? { user: known.accountId, scope: known.scope } : undefined;
}

const fhir = resourceServer({ admit, smart, backend, passwords, own });
const oidc = provider.callback();
createServer((request, response) => {
  const failed = (why) => { console.error(why); if (!response.headersSent) response.writeHead(400, { 'content-type': 'text/plain' }); response.end('the request cannot be served'); };
  if (request.url.startsWith('/fhir')) return fhir(request, response).catch(failed);
  if (request.url.startsWith('/interaction/')) return interaction(request, response).catch(failed);
  // OpenID Connect Core 11 gives no refresh token for offline_access without consent; an app of SMART asks for none.
  if (/^\/auth\?/.test(request.url) && !/[?&]prompt=/.test(request.url)) request.url += '&prompt=consent';
  return oidc(request, response);
}).listen(Number(port), '127.0.0.1', () => console.log(`ready ${own}`));
