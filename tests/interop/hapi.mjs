// The HAPI FHIR JPA server, open to whoever comes, with the records of the embedded tenant's patients in it.
//
// Its libraries come from Maven Central, once, into the folder that is given. It knows no SMART and asks for no token. So what is
// examined here is the FHIR side, and that checks of authorization neither pass nor fail where nobody has to be let in.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { PASSWORDS as passwords, PEOPLE as people, signIn } from './resource.mjs';

const [port, backend, , home] = process.argv.slice(2);
const own = `http://127.0.0.1:${port}/fhir`;
mkdirSync(home, { recursive: true });
const quiet = { cwd: home, stdio: ['ignore', 'ignore', 'inherit'] };
execFileSync('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], quiet);
execFileSync('javac', ['-nowarn', '-cp', 'lib/*', '-d', 'classes', 'Server.java'], quiet);
const java = spawn('java', ['-Xmx2g', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', 'classes:lib/*', 'Server', port], { cwd: home });
java.stderr.pipe(process.stderr);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => { java.kill(); process.exit(0); });
const started = new Promise((resolve, reject) => {
  java.stdout.on('data', (said) => { if (`${said}`.startsWith('listening')) resolve(); });
  java.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
});

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
await started;
const bundle = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [...all].map(([name, resource]) => ({ resource: JSON.parse(JSON.stringify(resource).replaceAll(backend, own)), request: { method: 'PUT', url: name } })),
};
const answer = await fetch(own, { method: 'POST', headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify(bundle) });
if (!answer.ok) throw new Error(`the records were not taken: ${answer.status} ${(await answer.text()).slice(0, 2000)}`);
console.log(`ready: ${all.size} records`);
