// What is wrong with the settings of broker, sidecar and gateway, one problem a line, each beginning with the name under
// which it was given.

import { gatewayConfig } from '../../../api-gateway/config.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { brokerSettings, type SettingsSources } from './sources.ts';

export interface SettingProblem {
  readonly of: 'broker' | 'gateway';
  readonly code: string;
  readonly problem: string;
}

export function settingProblems(sources: SettingsSources): readonly SettingProblem[] {
  return [
    ...refused('broker', () => brokerSettings(sources)),
    ...refused('gateway', () => gatewayConfig({ env: sources.env })),
  ];
}

function refused(of: SettingProblem['of'], read: () => unknown): readonly SettingProblem[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof TachyonError)) throw error;
    const { code, detail } = error;
    // Several are told as one error: a head line, then one line for each, with a code where theirs differ.
    const [head = '', ...several] = detail.split('\n  - ');
    return (several.length === 0 ? [head] : several).map((line) => {
      const [, problem = line, own = code] = /^(.*) \[([A-Z_]+)\]$/s.exec(line) ?? [];
      return { of, code: own, problem };
    });
  }
}
