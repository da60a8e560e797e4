// Settings of traces, under the names that OpenTelemetry gives them everywhere.

import * as z from 'zod';
import { checkedText } from './setting.ts';

export const tracing = z.strictObject({
  endpoint: checkedText(
    {
      env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      text: 'Where spans of traced messages are sent: the base address of an OTLP/HTTP receiver.',
    },
    {
      expects: 'none, or an http(s) address such as http://127.0.0.1:4318',
      metavar: 'address',
      faultOf: (value) => (value === 'none' || isHttp(value) ? null : 'it is neither'),
      byDefault: 'none',
    },
  ),
  serviceName: checkedText(
    { env: 'OTEL_SERVICE_NAME', text: 'What the broker is called in traces.' },
    {
      expects: 'a name of up to 255 characters',
      metavar: 'name',
      faultOf: (value) => (value !== '' && value.length <= 255 ? null : 'it is empty or longer'),
      byDefault: 'tachyon',
    },
  ),
});

const isHttp = (value: string): boolean => /^https?:\/\//.test(value) && URL.canParse(value);
