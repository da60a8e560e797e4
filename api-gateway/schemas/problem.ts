// A failure as every endpoint tells it: RFC 9457, with the code of the catalogue.

import * as z from 'zod';

export const problemSchema = z
  .object({
    type: z.string().describe('urn:tachyon:error: and the code.'),
    title: z.string().describe('The sentence of the code.'),
    status: z.int(),
    code: z.string().describe('A code of the error catalogue.'),
    detail: z.string().optional(),
    retry_after_ms: z.int().optional(),
    errors: z
      .array(z.object({ in: z.enum(['body', 'query', 'path', 'header']), field: z.string(), message: z.string() }))
      .optional()
      .describe('Each field that is not as it should be.'),
    request_id: z.string(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof problemSchema>;
