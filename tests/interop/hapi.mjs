// The HAPI FHIR JPA server of `benches/peers/hapi-jpa`, open to whoever comes, with the records of the embedded tenant's patients.
//
// It knows no SMART and asks for no token. So what is examined here is the FHIR side, and that checks of authorization neither pass
// nor fail where nobody has to be let in.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PASSWORDS as passwords, PEOPLE as people, signIn } from './resource.mjs';

const [port, backend, , peer] = process.argv.slice(2);
const own = `http://127.0.0.1:${port}/fhir`;

/** The records of one patient: what their own token shows, and what those records refer to. */
async function recordsOf(user) {
  const token = await signIn(backend, user, passwords[user], 'launch/patient patient/*.rs user/*.rs');
  const get = async (url) => {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}`, accept: 'application/fhir+json' } });
    return answer.ok ? answer.json() : undefined;
  };
  const found = new Map();
  const keep = (one) => found.set(`${one.resourceType}/${one.id}`, one);
  const { rest: [{ resource: types }] } = await get(`${backend}/metadata`);
  for (const { type } of types) {
    const of = type === 'Patient' ? `_id=${people[user]}` : `patient=${people[user]}`;
    for (let url = `${backend}/${type}?${of}&_revinclude=Provenance:target`; url;) {
      const page = await get(url);
      for (const { resource } of page?.entry ?? []) if (resource.resourceType !== 'OperationOutcome') keep(resource);
      url = page?.link?.find((link) => link.relation === 'next')?.url;
    }
  }
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const one of [...found.values()]) {
      for (const [, name] of JSON.stringify(one).matchAll(/"(?:reference|url)":"(?:[^"]*\/)?([A-Z][A-Za-z]+\/[A-Za-z0-9.-]+)"/g)) {
        if (found.has(name)) continue;
        const read = await get(`${backend}/${name}`);
        if (read?.resourceType && read.resourceType !== 'OperationOutcome') keep(read);
      }
    }
  }
  return found;
}

const all = new Map();
for (const user of Object.keys(people)) for (const [name, one] of await recordsOf(user)) all.set(name, one);
const records = fileURLToPath(new URL('records.ndjson', import.meta.url));
writeFileSync(records, [...all.values()].map((one) => `${JSON.stringify(one).replaceAll(backend, own)}\n`).join(''));
// It says `ready` itself, and ends with this process.
const server = spawn(`${peer}/serve`, [port, records], { stdio: 'inherit' });
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => { server.kill(); process.exit(0); });
server.on('exit', (code) => process.exit(code ?? 1));
