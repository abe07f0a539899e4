// Holds the verdicts of a run against those that are expected of it: `id`, `verdict`, `reason`, parted by tabs.
import { readFileSync } from 'node:fs';

const [file, list] = process.argv.slice(2);
const run = JSON.parse(readFileSync(file, 'utf8'));
const lines = readFileSync(list, 'utf8').split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split('\t'));
const expected = new Map(lines.map(([id, verdict, reason]) => [id, { verdict, reason }]));
const word = (scenario) => (scenario.verdict === 'skip' ? scenario.cause : scenario.verdict);
const given = new Map(run.scenarios.map((scenario) => [scenario.requirement.id, scenario]));
const wrong = lines.filter(([, verdict, reason]) => !verdict || !reason).map(([id]) => `${id}: a line needs an id, a verdict and a reason`);
const told = (scenario) => scenario.reason
  ?? scenario.steps.flatMap((step) => step.findings ?? []).filter((one) => !one.met).map((one) => `expected ${one.expected}; observed ${one.observed}`).join(' | ');
for (const [id, scenario] of given) {
  const wanted = expected.get(id)?.verdict ?? 'pass';
  if (word(scenario) !== wanted) wrong.push(`${id}\t${word(scenario)}\tnot ${wanted}: ${told(scenario)}`);
}
for (const id of expected.keys()) if (!given.has(id)) wrong.push(`${id}: there is no such scenario`);
const passed = run.scenarios.filter((scenario) => scenario.verdict === 'pass').length;
console.log(`${run.scenarios.length} scenarios: ${passed} passed, ${expected.size} other verdicts are expected, ${wrong.length} differ`);
for (const line of wrong) console.log(line);
process.exitCode = wrong.length > 0 ? 1 : 0;
