// npm run explore                                      every small world, to its end
// npm run explore -- --world NAME [--states 100000]    one of them, or its nearest states
// npm run explore -- --fault 'BEGINNING OF A NAME'     a planted fault: shows the shortest way to it
// npm run explore -- --why 10000 [--first 1]           stuck states, in which the answers of `why` are acted on
// Says how many states there are and whether all of them were looked at; a broken promise is told step by step.

import { parseArgs } from 'node:util';
import { CORE } from '../internal/testing/exploration/core.ts';
import { CORE_FAULTS } from '../internal/testing/exploration/core-faults.ts';
import { isWorld, WORLDS, type WorldName } from '../internal/testing/exploration/scope.ts';
import { explore } from '../internal/testing/exploration/search.ts';
import { actOnMany, actOnMessage, actOnReasons } from '../internal/testing/why/acting-on-reasons.ts';

const { values } = parseArgs({
  options: {
    world: { type: 'string' },
    states: { type: 'string' },
    fault: { type: 'string' },
    why: { type: 'string' },
    first: { type: 'string', default: '1' },
  },
});

function usage(problem: string): never {
  console.error(problem);
  process.exit(2);
}

function whole(name: string, text: string): number {
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= 1 ? number : usage(`--${name} must be a whole number from 1 on`);
}

function actOnWhy(stuck: number, first: number): void {
  for (const [of, act] of Object.entries({ queues: actOnReasons, messages: actOnMessage })) {
    const acted = actOnMany(stuck, first, act);
    const reasons = [...acted.reasons].sort(([, a], [, b]) => b - a).map(([reason, times]) => `${reason} ${times}`);
    console.log(
      `${of}: ${acted.stuck} stuck states, each moved by what it was told, by ${acted.longest} answers at most`,
    );
    console.log(`  ${reasons.join(', ')}`);
  }
}

const statesMax = values.states === undefined ? Number.MAX_SAFE_INTEGER : whole('states', values.states);

const known = Object.entries(CORE_FAULTS).find(([name]) => values.fault !== undefined && name.startsWith(values.fault));
if (values.fault !== undefined && known === undefined)
  usage(`--fault must begin one of: ${Object.keys(CORE_FAULTS).join('; ')}`);
const fault = known?.[1];

function worldsAsked(): WorldName[] {
  const name = values.world ?? fault?.world;
  if (name === undefined) return Object.keys(WORLDS).filter(isWorld);
  return isWorld(name) ? [name] : usage(`--world must be one of: ${Object.keys(WORLDS).join(', ')}`);
}

function exploreWorlds(): void {
  let states = 0;
  for (const name of worldsAsked()) {
    const startedMs = performance.now();
    const progress = (seen: number, depth: number): void =>
      console.error(`${name}: ${seen} states, ${depth} steps deep`);
    const found = explore(WORLDS[name], { core: fault?.core ?? CORE, statesMax, progress });
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    states += found.states;
    const { transitions, depth, ends, isWhole } = found;
    console.log(
      `${name}: ${found.states} states, ${transitions} steps between them, up to ${depth} deep, ${ends} in which all is over, ${isWhole ? 'the whole world' : 'not to its end'}, ${seconds} s`,
    );
    if (found.counterexample === null) continue;
    console.log(found.counterexample.trace.join('\n'));
    process.exitCode = 1;
  }
  if (process.exitCode !== 1) console.log(`${states} states: every promise kept`);
}

if (values.why === undefined) exploreWorlds();
else actOnWhy(whole('why', values.why), whole('first', values.first));
