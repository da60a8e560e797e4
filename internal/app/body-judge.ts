// Gives the core its judge of bodies, and the admin desk the check of a schema before it is registered.

import type { AdminDeskOptions } from '../delivery/admin/admin-desk.ts';
import type { State } from '../domain/state.ts';
import { AjvJudge } from '../repository/schemas/ajv-judge.ts';
import type { Decompress } from '../usecase/ports/unpack.ts';

export function installJudge(state: State, decompress: Decompress): AdminDeskOptions['schemaFault'] {
  const judge = new AjvJudge(decompress);
  state.judgeBody = judge.judge;
  return (text) => judge.faultOf(text);
}
