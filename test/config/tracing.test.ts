import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { complete, mistakesOf, removeFolders, settingsFile } from './settings-file.ts';

afterEach(removeFolders);

describe('traces', () => {
  const tracing = (environment: NodeJS.ProcessEnv) =>
    loadConfig({ ...complete, AMS_CONFIG: settingsFile(''), ...environment }, ['worker']).tracing;
  const endpoint = 'https://user:hidden@traces.example.com:4318/otlp';

  it('are wanted once it is said where they go, by one variable or the other', () => {
    expect(tracing({})).toBeUndefined();
    expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_SERVICE_NAME: 'ams' })).toBeUndefined();
    expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toEqual({
      origin: 'https://traces.example.com:4318',
    });
    expect(
      tracing({
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://tempo:4318/v1/traces',
      }),
    ).toEqual({ origin: 'http://tempo:4318' });
  });

  it.each([{ OTEL_TRACES_EXPORTER: 'none' }, { OTEL_SDK_DISABLED: 'true' }, { OTEL_SDK_DISABLED: 'TRUE' }])(
    'are switched off by %o',
    (off) => {
      expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...off })).toBeUndefined();
    },
  );

  it('are refused where they could not arrive, without a word of the login', () => {
    const grpc = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };

    expect(tracing(grpc), 'nobody wants them').toBeUndefined();
    expect(mistakesOf({ ...complete, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...grpc })).toEqual([
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, or empty, not "grpc"; the port of that is usually 4318',
    ]);
    expect(
      tracing({
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        ...grpc,
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      }),
    ).toBeDefined();
    expect(mistakesOf({ ...complete, OTEL_EXPORTER_OTLP_ENDPOINT: 'user:hidden@tempo:4318' })).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT must be an http(s) address',
    ]);
  });
});
