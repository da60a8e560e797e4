// Whether the broker answers at this moment: for whoever asks for health, and wants to know now.

import { TachyonError } from '../../pkg/protocol/errors.ts';
import { statusSchema } from '../schemas/status.ts';
import type { AdminPort } from './admin-link.ts';
import { bounded } from './bounded.ts';

const PATIENCE_MS = 1_000;

/** Null when it does, else the code. */
export async function brokerFault(admin: AdminPort): Promise<TachyonError['code'] | null> {
  try {
    await bounded(admin.read('status', {}, statusSchema), PATIENCE_MS, 'status');
    return null;
  } catch (error) {
    if (error instanceof TachyonError) return error.code;
    throw error;
  }
}
