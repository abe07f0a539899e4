// Judges NDJSON resources with the validator of @medplum/core; see README.md.
import {
  indexStructureDefinitionBundle,
  loadDataType,
  OperationOutcomeError,
  parseStructureDefinition,
  validateResource,
} from '@medplum/core';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    package: { type: 'string' },
    definitions: { type: 'string' },
    repeat: { type: 'string', default: '1' },
  },
});
const repeat = Number(options.repeat);
if (!options.package || !options.definitions || !Number.isInteger(repeat) || repeat < 1) {
  console.error('usage: node peer.mjs --package DIR --definitions DIR [--repeat N] < lines.ndjson');
  process.exit(2);
}

const readJson = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));
const definitionOf = new Map();

/** The definitions of FHIR R4: the types first, as the resources are made of them; then its own profiles. */
function loadDefinitions(folder) {
  indexStructureDefinitionBundle(readJson(folder, 'profiles-types.json'));
  indexStructureDefinitionBundle(readJson(folder, 'profiles-resources.json'));
  if (readdirSync(folder).includes('profiles-others.json')) {
    readJson(folder, 'profiles-others.json').entry.forEach(({ resource }) => loadProfile(resource));
  }
}

/** The profiles and extensions of an implementation guide. */
function loadPackage(folder) {
  const files = readdirSync(folder).filter((file) => /^StructureDefinition-.*\.json$/.test(file));
  if (files.length === 0) {
    throw new Error(`no StructureDefinition in ${folder}`);
  }
  files.sort().forEach((file) => loadProfile(readJson(folder, file)));
}

/** One that the library cannot load stays unloaded, and each resource that names it is told so. */
function loadProfile(definition) {
  if (definition.resourceType !== 'StructureDefinition') {
    return;
  }
  try {
    loadDataType(definition);
    definitionOf.set(definition.url, definition);
  } catch (error) {
    console.error(`not loaded: ${definition.url}: ${error.message}`);
  }
}

/** What one call of the library found: its outcome, whether it returned or threw it. */
function outcome(resource, profile) {
  try {
    return validateResource(resource, profile && { profile });
  } catch (thrown) {
    if (thrown instanceof OperationOutcomeError) {
      return thrown.outcome.issue;
    }
    throw thrown;
  }
}

/** The base definition, then each profile, the way Medplum's own server goes about it. */
function judge({ resource, definitions }) {
  try {
    const found = [outcome(resource)];
    for (const definition of definitions) {
      found.push(outcome(resource, definition));
    }
    return { found };
  } catch (crash) {
    return { crash };
  }
}

function answer({ name, unknown }, { found, crash }) {
  if (crash) {
    return { name, crash: String(crash) };
  }
  const issues = new Map();
  for (const issue of found.flat()) {
    const plain = {
      severity: issue.severity,
      location: (issue.expression ?? []).join(', '),
      message: issue.details?.text ?? issue.diagnostics ?? issue.code,
    };
    issues.set(JSON.stringify(plain), plain);
  }
  const list = [...issues.values()];
  for (const url of unknown) {
    list.push({ severity: 'warning', location: '', message: `Not checked, the profile is not loaded: ${url}` });
  }
  return { name, valid: !list.some(({ severity }) => severity === 'error' || severity === 'fatal'), issues: list };
}

loadDefinitions(options.definitions);
loadPackage(options.package);

const lines = readFileSync(0, 'utf8')
  .split('\n')
  .filter((line) => line.trim())
  .map((line) => {
    const { name, profiles = [], resource } = JSON.parse(line);
    const urls = profiles.map((profile) => profile.split('|')[0]);
    return {
      name,
      resource,
      definitions: urls.map((url) => definitionOf.get(url)).filter(Boolean),
      unknown: urls.filter((url) => !definitionOf.has(url)),
    };
  });

/** The seconds of one call, and what it returned. */
function timed(work) {
  const start = performance.now();
  const result = work();
  return [(performance.now() - start) / 1000, result];
}

let verdicts;
let seconds;
let parsing;
for (let pass = 0; pass < repeat; pass++) {
  [seconds, verdicts] = timed(() => lines.map(judge));
  // The library parses a profile anew at each call: what that alone takes, on the same lines.
  [parsing] = timed(() => lines.map(({ definitions }) => definitions.map(parseStructureDefinition)));
}

process.stdout.write(lines.map((line, index) => JSON.stringify(answer(line, verdicts[index])) + '\n').join(''));
process.stderr.write(
  JSON.stringify({
    resources: lines.length,
    seconds,
    per_second: lines.length / seconds,
    profile_parsing_seconds: parsing,
  }) + '\n'
);
