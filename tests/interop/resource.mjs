// A small resource server: it lets in who an authorization server that Probity's authors did not write has let in, and
// shows them the data of the embedded reference tenant. It signs in at that tenant for each user and set of scopes, with
// the same scopes, so that what a token may see is decided in one place.

import http from 'node:http';
import { createHash, randomBytes } from 'node:crypto';

/** The scopes that the resource server understands, as an authorization server lists them. */
export const SCOPES = [
  'launch/patient', 'fhirUser', 'patient/*.rs', 'user/*.rs', 'patient/*.read',
  ...['AllergyIntolerance', 'CarePlan', 'CareTeam', 'Condition', 'Coverage', 'Device', 'DiagnosticReport',
    'DocumentReference', 'Encounter', 'Goal', 'Immunization', 'Location', 'Medication', 'MedicationDispense',
    'MedicationRequest', 'Observation', 'Organization', 'Patient', 'Practitioner', 'PractitionerRole', 'Procedure',
    'Provenance', 'QuestionnaireResponse', 'RelatedPerson', 'ServiceRequest', 'Specimen',
  ].flatMap((type) => [`patient/${type}.rs`, `patient/${type}.read`]),
  ...['encounter-diagnosis', 'problem-list-item'].map((code) => `patient/Condition.rs?category=http://terminology.hl7.org/CodeSystem/condition-category|${code}`),
  'patient/Condition.rs?category=http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern',
  ...['laboratory', 'social-history', 'vital-signs', 'survey'].map((code) => `patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|${code}`),
  'patient/Observation.rs?category=http://hl7.org/fhir/us/core/CodeSystem/us-core-category|sdoh',
];

/** The users and their patients, as in the embedded data. */
export const PEOPLE = { 'user-1': 'patient-1', 'user-2': 'patient-2', 'user-3': 'patient-3' };

/** Their passwords, which the reference tenant made at its start. */
export const PASSWORDS = Object.fromEntries(
  Object.keys(PEOPLE).map((user) => [user, process.env[`PROBITY_EMBEDDED_HARBOR_${user.toUpperCase().replace('-', '_')}_PASSWORD`]]),
);

const REDIRECT = 'http://127.0.0.1:9797/callback';

/** Reads a body to its end. */
export async function body(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** The form of a page: where it goes, and its fields as they are. */
function form(page) {
  const attribute = (tag, name) => tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1]?.replaceAll('&amp;', '&');
  const fields = new URLSearchParams();
  for (const [tag] of page.matchAll(/<input\b[^>]*>/g)) {
    if (attribute(tag, 'name')) fields.append(attribute(tag, 'name'), attribute(tag, 'value') ?? '');
  }
  const button = [...page.matchAll(/<button\b[^>]*>/g)].map(([tag]) => tag).find((tag) => attribute(tag, 'name'));
  if (button) fields.append(attribute(button, 'name'), attribute(button, 'value') ?? '');
  return { action: attribute(page.match(/<form\b[^>]*>/)[0], 'action'), fields };
}

/** A token of the reference tenant for a user and scopes. */
export async function signIn(base, username, password, scope) {
  const smart = await (await fetch(`${base}/.well-known/smart-configuration`)).json();
  const verifier = randomBytes(48).toString('base64url');
  const start = new URL(smart.authorization_endpoint);
  start.search = new URLSearchParams({
    response_type: 'code', client_id: 'probity-public', redirect_uri: REDIRECT, scope, aud: base,
    state: randomBytes(16).toString('hex'), code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  });
  let answer = await fetch(start, { redirect: 'manual' });
  let cookie = '';
  for (let pages = 0; answer.status === 200 && pages < 4; pages += 1) {
    const { action, fields } = form(await answer.text());
    if (fields.has('username')) fields.set('username', username);
    if (fields.has('password')) fields.set('password', password);
    answer = await fetch(new URL(action, answer.url), { method: 'POST', body: fields, redirect: 'manual', headers: { cookie } });
    cookie = answer.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ') || cookie;
  }
  const code = new URL(answer.headers.get('location')).searchParams.get('code');
  const grant = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, client_id: 'probity-public', code_verifier: verifier };
  return (await (await fetch(smart.token_endpoint, { method: 'POST', body: new URLSearchParams(grant) })).json()).access_token;
}

/**
 * The FHIR side at `/fhir`. `admit(token)` gives `{ user, scope }` of a live token, or nothing. `smart` is what the SMART
 * configuration says. `backend` is the FHIR base of the reference tenant, `passwords` those of its users.
 */
export function resourceServer({ admit, smart, backend, passwords, own }) {
  const held = new Map();
  // What the reference tenant says of itself is said of this server: its FHIR base and its endpoints.
  const renamed = fetch(`${backend}/.well-known/smart-configuration`).then((answer) => answer.json()).then((behind) => [
    [backend, `${own}/fhir`],
    ...Object.keys(behind).filter((name) => /_endpoint$/.test(name) && smart[name]).map((name) => [behind[name], smart[name]]),
  ]);
  const behind = async (user, scope) => {
    const wanted = scope.split(' ').filter((one) => one !== 'offline_access').join(' ');
    const key = `${user} ${wanted}`;
    const known = held.get(key);
    if (known && known.until > Date.now()) return known.token;
    const token = signIn(backend, user, passwords[user], wanted);
    held.set(key, { token, until: Date.now() + 120_000 });
    return token;
  };
  return async (request, response) => {
    const path = request.url.slice('/fhir'.length);
    const json = (status, value, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(value));
    };
    if (path === '/.well-known/smart-configuration') return json(200, smart, { 'access-control-allow-origin': '*' });
    const headers = {};
    for (const name of ['accept', 'content-type', 'prefer', 'if-match', 'if-none-exist', 'origin', 'access-control-request-method', 'access-control-request-headers']) {
      if (request.headers[name]) headers[name] = request.headers[name];
    }
    // A browser asks without a token whether it may send one.
    const asks = request.method === 'OPTIONS' && request.headers['access-control-request-method'];
    if (!asks && !/^\/metadata\b/.test(path)) {
      const token = request.headers.authorization?.match(/^Bearer +(.+)$/i)?.[1];
      const known = token && (await admit(token));
      if (!known) {
        const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'login', diagnostics: 'an access token is needed' }] };
        const error = token ? ', error="invalid_token"' : '';
        return json(401, outcome, { 'content-type': 'application/fhir+json', 'www-authenticate': `Bearer realm="fhir"${error}`, 'cache-control': 'no-store' });
      }
      headers.authorization = `Bearer ${await behind(known.user, known.scope)}`;
    }
    const sent = ['GET', 'HEAD'].includes(request.method) ? undefined : await body(request);
    const target = new URL(backend);
    const call = http.request({ host: target.hostname, port: target.port, method: request.method, path: target.pathname + path, headers }, async (answer) => {
      const text = (await renamed).reduce((said, [from, to]) => said.replaceAll(from, to), (await body(answer)).toString('utf8'));
      const { connection, date, 'transfer-encoding': coding, 'content-length': length, ...kept } = answer.headers;
      response.writeHead(answer.statusCode, kept);
      response.end(request.method === 'HEAD' ? undefined : text);
    });
    call.on('error', () => json(502, {}));
    call.end(sent);
  };
}
